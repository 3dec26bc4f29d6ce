package dev.doorbell.service.http;

import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.drive.FaultInjection;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Lets emulated drives be told to fail, where the configuration allows it. */
final class FaultsHandler {
  private static final String PATH = "/v1/controllers/:name/faults";
  private static final String ALLOW = "DELETE, OPTIONS, POST";
  private static final int MAX_BODY = 4096;

  private final Vertx vertx;
  private final ServiceState state;

  FaultsHandler(Vertx vertx, ServiceState state) {
    this.vertx = vertx;
    this.state = state;
  }

  void mount(Router router) {
    router.post(PATH).handler(this::post);
    router.delete(PATH).handler(this::delete);
    router
        .options(PATH)
        .handler(c -> c.response().putHeader(HttpHeaders.ALLOW, ALLOW).setStatusCode(204).end());
    router.route(PATH).handler(this::methodNotAllowed);
  }

  private void post(RoutingContext context) {
    Buffer body = Buffer.buffer();
    context
        .request()
        .handler(
            part -> {
              if (body.length() <= MAX_BODY) {
                body.appendBuffer(part);
              }
            })
        .endHandler(end -> inject(context, body));
  }

  private void inject(RoutingContext context, Buffer body) {
    Optional<FaultInjection> faults = faults(context);
    if (faults.isEmpty()) {
      return;
    }
    Map<String, Object> members;
    try {
      if (body.length() > MAX_BODY) {
        throw new DecodeException("more than " + MAX_BODY + " bytes");
      }
      members = new JsonObject(body).getMap();
    } catch (DecodeException | ClassCastException e) {
      refuse(context, 400, "Malformed Fault", "the body is no JSON object that names a fault");
      return;
    }
    run(
        context,
        () -> {
          faults.get().inject(members);
          return null;
        });
  }

  private void delete(RoutingContext context) {
    faults(context)
        .ifPresent(
            faults ->
                run(
                    context,
                    () -> {
                      faults.clear();
                      return null;
                    }));
  }

  /** On a worker: it may wait for the drive. */
  private void run(RoutingContext context, Callable<Void> action) {
    vertx
        .executeBlocking(action, false)
        .onSuccess(v -> context.response().setStatusCode(204).end())
        .onFailure(
            e -> {
              if (e instanceof IllegalArgumentException) {
                refuse(context, 400, "Malformed Fault", e.getMessage());
              } else {
                context.fail(e);
              }
            });
  }

  /** The faults of the controller asked for; empty if the request has been refused. */
  private Optional<FaultInjection> faults(RoutingContext context) {
    String name = context.pathParam("name");
    Optional<Drive> drive = state.drives().stream().filter(d -> d.name().equals(name)).findFirst();
    if (drive.isEmpty()) {
      refuse(
          context,
          404,
          "Not Found",
          "there is no controller '%s'; GET /v1/controllers lists them".formatted(name));
      return Optional.empty();
    }
    if (drive.get().faults().isEmpty()) {
      refuse(
          context,
          403,
          "Fault Injection Is Off",
          "%s cannot be told to fail: that is for emulated drives, where emulated.fault_injection is true"
              .formatted(name));
    }
    return drive.get().faults();
  }

  private void methodNotAllowed(RoutingContext context) {
    context.response().putHeader(HttpHeaders.ALLOW, ALLOW);
    refuse(
        context,
        405,
        "Method Not Allowed",
        context.request().method() + " is not possible here; allowed: " + ALLOW);
  }

  private static void refuse(RoutingContext context, int status, String title, String detail) {
    Problem.of(status, title, detail).send(context.request());
  }
}
