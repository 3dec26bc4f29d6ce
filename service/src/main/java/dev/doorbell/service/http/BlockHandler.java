package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Accounting and operation of a namespace: statistics, policy, resumption. */
final class BlockHandler {
  private static final String PATH = "/v1/namespaces/:name/";
  private static final int MAX_BODY = 4096;

  private final Vertx vertx;
  private final ServiceState state;

  BlockHandler(Vertx vertx, ServiceState state) {
    this.vertx = vertx;
    this.state = state;
  }

  void mount(Router router) {
    readable(router, "statistics", "GET, HEAD, OPTIONS", this::statistics);
    readable(router, "policy", "GET, HEAD, OPTIONS, PUT", this::policy);
    router.post(PATH + "resume").handler(this::resume);
    others(router, "resume", "OPTIONS, POST");
  }

  private void readable(Router router, String what, String allow, Handler<RoutingContext> get) {
    router.get(PATH + what).handler(get);
    router.head(PATH + what).handler(get);
    if (allow.endsWith("PUT")) {
      router.put(PATH + what).handler(this::change);
    }
    others(router, what, allow);
  }

  private void others(Router router, String what, String allow) {
    router
        .options(PATH + what)
        .handler(c -> c.response().putHeader(HttpHeaders.ALLOW, allow).setStatusCode(204).end());
    router
        .route(PATH + what)
        .handler(
            c -> {
              c.response().putHeader(HttpHeaders.ALLOW, allow);
              refuse(
                  c,
                  405,
                  "Method Not Allowed",
                  c.request().method() + " is not possible here; allowed: " + allow);
            });
  }

  private void statistics(RoutingContext context) {
    namespace(context).ifPresent(n -> json(context, BlockView.statistics(n, System.nanoTime())));
  }

  private void policy(RoutingContext context) {
    namespace(context).ifPresent(n -> json(context, BlockView.policy(n)));
  }

  private void change(RoutingContext context) {
    Buffer body = Buffer.buffer();
    context
        .request()
        .handler(
            part -> {
              if (body.length() <= MAX_BODY) {
                body.appendBuffer(part);
              }
            })
        .endHandler(end -> namespace(context).ifPresent(n -> change(context, n, body)));
  }

  private void change(RoutingContext context, BlockNamespace namespace, Buffer body) {
    CompletableFuture<Void> changed;
    try {
      if (body.length() > MAX_BODY) {
        throw new IllegalArgumentException("the body has more than " + MAX_BODY + " bytes");
      }
      JsonObject members = new JsonObject(body);
      changed = namespace.control().change(before -> PolicyReader.read(members, before));
    } catch (DecodeException | ClassCastException e) {
      refuse(context, 400, "Malformed Policy", "the body is no JSON object");
      return;
    } catch (IllegalArgumentException e) {
      refuse(context, 400, "Malformed Policy", e.getMessage());
      return;
    }
    then(context, changed, () -> json(context, BlockView.policy(namespace)));
  }

  private void resume(RoutingContext context) {
    namespace(context)
        .ifPresent(
            n ->
                then(
                    context,
                    n.control().resume(),
                    () -> context.response().setStatusCode(204).end()));
  }

  /** Answers on the request's own loop once every loop has heard. */
  private void then(RoutingContext context, CompletableFuture<Void> done, Runnable answer) {
    Context own = vertx.getOrCreateContext();
    done.whenComplete(
        (v, failure) ->
            own.runOnContext(
                x -> {
                  if (failure == null) {
                    answer.run();
                  } else {
                    context.fail(failure);
                  }
                }));
  }

  private Optional<BlockNamespace> namespace(RoutingContext context) {
    String name = context.pathParam("name");
    Optional<BlockNamespace> found =
        state.drives().stream()
            .flatMap(d -> d.namespaces().stream())
            .filter(n -> n.name().equals(name))
            .findFirst();
    if (found.isEmpty()) {
      refuse(
          context,
          404,
          "Not Found",
          "there is no namespace '%s'; GET /v1/namespaces lists them".formatted(name));
    }
    return found;
  }

  private static void json(RoutingContext context, JsonObject body) {
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    Bodies.end(context.request(), body.toBuffer());
  }

  private static void refuse(RoutingContext context, int status, String title, String detail) {
    Problem.of(status, title, detail).send(context.request());
  }
}
