package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.loop.LoopPulse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Everything but the data: controllers, namespaces, health, metrics, the contract. */
final class Resources {
  private static final String ALLOW = "GET, HEAD, OPTIONS";
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** How long loops have to show that they turn. */
  private static final long PULSE_MILLIS = 1000;

  private final Vertx vertx;
  private final ServiceState state;
  private final Supplier<String> scrape;
  private final LoopState loop;
  private final Buffer contract = contract();

  /**
   * @param scrape renders the metrics; called on a worker thread
   */
  Resources(Vertx vertx, ServiceState state, Supplier<String> scrape, LoopState loop) {
    this.vertx = vertx;
    this.state = state;
    this.scrape = scrape;
    this.loop = loop;
  }

  Router router() {
    Router router = Router.router(vertx);
    router.route().handler(this::count);
    resource(router, "/v1/controllers", c -> json(c, controllers()));
    resource(router, "/v1/controllers/:name", this::controller);
    new FaultsHandler(vertx, state).mount(router);
    resource(router, "/v1/namespaces", c -> json(c, namespaces()));
    resource(router, "/v1/namespaces/:name", this::namespace);
    new BlockHandler(vertx, state).mount(router);
    resource(router, "/livez", this::live);
    resource(router, "/readyz", this::ready);
    resource(router, "/metrics", this::metrics);
    resource(router, "/openapi.yaml", c -> answer(c, "application/yaml", contract));
    DocsPage docs = new DocsPage(vertx);
    resource(router, "/docs", docs::page);
    resource(router, "/docs/:file", docs::file);
    router.route().last().handler(this::notFound);
    router.route().failureHandler(c -> failed(c, c.statusCode() < 400 ? 500 : c.statusCode()));
    // A path that is not percent-encoded as it should fails before it meets a route.
    router.errorHandler(400, c -> failed(c, 400));
    return router;
  }

  private void resource(Router router, String path, Handler<RoutingContext> handler) {
    router.get(path).handler(handler);
    router.head(path).handler(handler);
    router
        .options(path)
        .handler(c -> c.response().putHeader(HttpHeaders.ALLOW, ALLOW).setStatusCode(204).end());
    router.route(path).handler(this::methodNotAllowed);
  }

  private JsonArray controllers() {
    JsonArray all = new JsonArray();
    state.drives().forEach(d -> all.add(NamespaceView.controller(d)));
    return all;
  }

  private void controller(RoutingContext context) {
    String name = context.pathParam("name");
    one(
        context,
        "controller",
        state.drives().stream().filter(d -> d.name().equals(name)).findFirst(),
        NamespaceView::controller);
  }

  private JsonArray namespaces() {
    JsonArray all = new JsonArray();
    for (Drive drive : state.drives()) {
      drive.namespaces().forEach(n -> all.add(NamespaceView.namespace(n)));
    }
    return all;
  }

  private void namespace(RoutingContext context) {
    String name = context.pathParam("name");
    Optional<BlockNamespace> found =
        state.drives().stream()
            .flatMap(d -> d.namespaces().stream())
            .filter(n -> n.name().equals(name))
            .findFirst();
    one(context, "namespace", found, NamespaceView::namespace);
  }

  private <T> void one(
      RoutingContext context, String what, Optional<T> found, Function<T, JsonObject> view) {
    if (found.isPresent()) {
      json(context, view.apply(found.get()));
    } else {
      Problem.of(
              404,
              "Not Found",
              "there is no %s '%s'; GET /v1/%ss lists them"
                  .formatted(what, context.pathParam("name"), what))
          .send(context.request());
    }
  }

  private void live(RoutingContext context) {
    Future.fromCompletionStage(state.pulse().ask(PULSE_MILLIS), vertx.getOrCreateContext())
        .onSuccess(beats -> live(context, beats))
        .onFailure(context::fail);
  }

  private void live(RoutingContext context, List<LoopPulse.Beat> beats) {
    JsonArray loops = new JsonArray();
    JsonArray reasons = new JsonArray();
    for (LoopPulse.Beat beat : beats) {
      loops.add(
          new JsonObject()
              .put("name", beat.name())
              .put("turns", beat.turns())
              .put("turning", beat.turning()));
      if (!beat.turning()) {
        reasons.add(
            "event loop %s did nothing for %d ms, after %d turns"
                .formatted(beat.name(), PULSE_MILLIS, beat.turns()));
      }
    }
    if (reasons.isEmpty()) {
      json(context, new JsonObject().put("status", "live").put("loops", loops));
    } else {
      Problem.of(503, "Not Live", "event loops do not turn; take a thread dump, then restart")
          .with("reasons", reasons)
          .with("loops", loops)
          .send(context.request());
    }
  }

  private void ready(RoutingContext context) {
    if (state.draining()) {
      Problem.of(503, "Draining", "the service is shutting down")
          .with("reasons", new JsonArray().add("the service is shutting down"))
          .send(context.request());
      return;
    }
    JsonArray drives = new JsonArray();
    JsonArray reasons = new JsonArray();
    for (Drive drive : state.drives()) {
      drives.add(new JsonObject().put("name", drive.name()).put("state", drive.state()));
      switch (drive.state()) {
        case "failed" -> reasons.add("controller " + drive.name() + " has failed or is gone");
        case "resetting" -> reasons.add("controller " + drive.name() + " is being reset");
        default -> {}
      }
    }
    JsonArray stopped = new JsonArray();
    int count = 0;
    for (Drive drive : state.drives()) {
      for (BlockNamespace namespace : drive.namespaces()) {
        count++;
        if (!BlockView.state(namespace).equals("running")) {
          stopped.add(namespace.name());
          reasons.add("namespace " + namespace.name() + " is stopped or gone");
        }
      }
    }
    if (count > 0 && stopped.size() == count) {
      Problem.of(
              503,
              "No Namespace",
              "every namespace is stopped after an error, or has gone: "
                  + String.join(", ", stopped.stream().map(String::valueOf).toList()))
          .with("reasons", reasons)
          .with("drives", drives)
          .send(context.request());
      return;
    }
    // As long as one drive works, or may work again by itself, requests are not in vain.
    if (!state.drives().isEmpty()
        && state.drives().stream().allMatch(d -> d.state().equals("failed"))) {
      Problem.of(503, "No Drive", "every controller has failed; see the log, then restart")
          .with("reasons", reasons)
          .with("drives", drives)
          .send(context.request());
      return;
    }
    json(
        context,
        new JsonObject()
            .put("status", "ready")
            .put("drives", drives)
            .put("stopped", stopped)
            .put("reasons", reasons));
  }

  private void metrics(RoutingContext context) {
    // Rendering takes milliseconds: not on an event loop.
    vertx
        .executeBlocking(scrape::get, false)
        .onSuccess(text -> answer(context, METRICS_TYPE, Buffer.buffer(text)))
        .onFailure(context::fail);
  }

  private void methodNotAllowed(RoutingContext context) {
    context.response().putHeader(HttpHeaders.ALLOW, ALLOW);
    Problem.of(
            405,
            "Method Not Allowed",
            context.request().method() + " is not possible here; allowed: " + ALLOW)
        .send(context.request());
  }

  private void notFound(RoutingContext context) {
    Problem.of(
            404,
            "Not Found",
            "there is no resource '"
                + context.request().path()
                + "'; /openapi.yaml describes those that there are")
        .send(context.request());
  }

  private void failed(RoutingContext context, int status) {
    if (!context.response().headWritten()) {
      String detail =
          status == 400 ? "the request is malformed" : "the service failed to answer; see its log";
      Problem.of(status, status < 500 ? "Bad Request" : "Internal Server Error", detail)
          .send(context.request());
    }
  }

  private void json(RoutingContext context, Object body) {
    Buffer buffer =
        body instanceof JsonArray array ? array.toBuffer() : ((JsonObject) body).toBuffer();
    answer(context, "application/json", buffer);
  }

  private void answer(RoutingContext context, String type, Buffer body) {
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, type)
        .putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    Bodies.end(context.request(), body);
  }

  /** The contract, from the class path, where the build puts it. */
  private static Buffer contract() {
    try (InputStream in = Resources.class.getResourceAsStream("/openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("openapi.yaml is missing from the class path: build again");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void count(RoutingContext context) {
    long started = System.nanoTime();
    context.addEndHandler(
        done -> {
          // The router has taken the place of the handler that the access log has set.
          if (loop.accessLog() != null) {
            loop.accessLog().ended(context.request(), started);
          }
          loop.counters()
              .record(
                  context.request().method().name(),
                  context.response().getStatusCode(),
                  System.nanoTime() - started);
        });
    context.next();
  }
}
