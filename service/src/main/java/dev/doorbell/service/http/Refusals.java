package dev.doorbell.service.http;

import dev.doorbell.service.contract.Mistake;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.JsonSchema;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.SchemaValidationException;
import io.vertx.openapi.validation.ValidatorException;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client is told of a request that was not answered: what breaks the contract, and where.
 */
final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
  private static final String BODY = "Malformed Body";

  private Refusals() {}

  /** A request that no route can make sense of. */
  static Problem malformed() {
    return Problem.of(400, "Bad Request", "the request is malformed");
  }

  /** The problem of an operation that has not begun. */
  static Problem problem(
      RoutingContext context, Operation operation, Call call, Throwable failure) {
    Throwable cause = failure != null && failure.getCause() != null ? failure.getCause() : failure;
    if (cause instanceof ProblemException refused) {
      return refused.problem();
    }
    if (cause instanceof ValidatorException && operation != null && call != null) {
      return invalid(context, operation, call, (ValidatorException) cause);
    }
    if (context.statusCode() >= 400 && context.statusCode() < 500) {
      return malformed();
    }
    LOG.error("a request failed", cause);
    return Problem.of(500, "Internal Server Error", "the service failed to answer; see its log");
  }

  private static Problem invalid(
      RoutingContext context, Operation operation, Call call, ValidatorException e) {
    if (e instanceof SchemaValidationException broken) {
      for (Parameter parameter : operation.getParameters()) {
        if (broken.getMessage().startsWith(about(parameter))) {
          return parameter(parameter, RequestParts.text(context, parameter));
        }
      }
      return body(operation, call.body(), broken);
    }
    if (call.body().length() > 0) {
      try {
        Json.decodeValue(call.body());
      } catch (DecodeException cause) {
        return Problem.of(400, BODY, "the body is no JSON object: " + reason(cause));
      }
    }
    return Problem.of(400, BODY, "the body is missing; allowed is a JSON object");
  }

  private static Problem body(Operation operation, Buffer body, SchemaValidationException e) {
    JsonSchema schema =
        operation.getRequestBody().determineContentType(RequestParts.JSON).getSchema();
    Mistake mistake =
        Mistake.of(e.getOutputUnit(), "the body", Json.decodeValue(body), (JsonObject) schema);
    Problem problem = Problem.of(400, BODY, mistake.detail());
    return mistake.member().isEmpty() ? problem : problem.with("member", mistake.member());
  }

  /** How the validator begins what it says of a parameter; nothing else tells which it is. */
  private static String about(Parameter parameter) {
    return "The value of %s parameter %s is invalid."
        .formatted(parameter.getIn().name().toLowerCase(Locale.ROOT), parameter.getName());
  }

  private static Problem parameter(Parameter parameter, String text) {
    String name = parameter.getName();
    String allowed = Mistake.allowed((JsonObject) parameter.getSchema());
    if (parameter.getIn() == Location.PATH) {
      return Problem.of(
          404, "Not Found", "there is no %s '%s'; allowed is %s".formatted(name, text, allowed));
    }
    String title =
        parameter.getIn() == Location.QUERY ? "Bad Query" : "Malformed " + name.replace('-', ' ');
    return Problem.of(400, title, "%s is '%s'; allowed is %s".formatted(name, text, allowed));
  }

  private static String reason(DecodeException e) {
    String text = String.valueOf(e.getMessage());
    return text.lines().findFirst().orElse("").replace("Failed to decode:", "").strip();
  }
}
