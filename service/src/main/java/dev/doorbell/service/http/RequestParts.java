package dev.doorbell.service.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.common.dsl.SchemaType;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatableRequest;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.ValidatableRequestImpl;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Takes a request apart for the validator.
 *
 * <p>Otherwise than its own extractor: that decodes headers as if they were URLs, takes a text like
 * {@code -5} for a number, and a body for none of its business that {@code curl -d} sends, which
 * calls everything a form.
 */
final class RequestParts {
  /** What every body is, whatever the client calls it. */
  static final String JSON = "application/json";

  private RequestParts() {}

  /** Whether there are requests that break what the contract says of an operation. */
  static boolean canBreak(Operation operation) {
    return operation.getRequestBody() != null
        || operation.getParameters().stream()
            .anyMatch(
                p ->
                    p.getSchemaType() != SchemaType.STRING
                        || p.getSchema().fieldNames().stream()
                            .anyMatch(key -> !key.equals("type") && !key.startsWith("__")));
  }

  static ValidatableRequest of(RoutingContext context, Operation operation, Buffer body) {
    Map<Location, Map<String, RequestParameter>> values = new EnumMap<>(Location.class);
    for (Location location : Location.values()) {
      values.put(location, new HashMap<>());
    }
    for (Parameter parameter : operation.getParameters()) {
      String text = text(context, parameter);
      if (text != null) {
        boolean string = parameter.getSchemaType() == SchemaType.STRING;
        values
            .get(parameter.getIn())
            // In quotes it stays what it is.
            .put(parameter.getName(), new RequestParameterImpl(string ? Json.encode(text) : text));
      }
    }
    return new ValidatableRequestImpl(
        values.get(Location.COOKIE),
        values.get(Location.HEADER),
        values.get(Location.PATH),
        values.get(Location.QUERY),
        new RequestParameterImpl(body),
        JSON);
  }

  /** What a request says for a parameter; null for nothing. */
  static String text(RoutingContext context, Parameter parameter) {
    String name = parameter.getName();
    return switch (parameter.getIn()) {
      case PATH -> context.pathParam(name);
      case QUERY -> context.queryParam(name).stream().findFirst().orElse(null);
      case HEADER -> context.request().getHeader(name);
      case COOKIE -> null;
    };
  }
}
