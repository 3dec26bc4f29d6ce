package dev.doorbell.service.http;

import dev.doorbell.service.drive.Drive;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/** Everything but the data: wires the resources of a loop together. */
final class Resources {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Management management;
  private final Supplier<String> scrape;
  private final Buffer contract = contract();

  /**
   * @param scrape renders the metrics; called on a worker thread
   */
  Resources(Vertx vertx, ServiceState state, Supplier<String> scrape, LoopState loop) {
    this.management = new Management(vertx, state, loop);
    this.scrape = scrape;
  }

  Router router() {
    Router router = Router.router(management.vertx());
    router.route().handler(this::count);
    Routes routes = new Routes(management, router);
    routes.at("/v1/controllers", Target.SERVICE).get(this::controllers).mount();
    routes
        .at("/v1/controllers/:c", Target.CONTROLLER)
        .get(call -> Dispatch.reply(Reply.json(NamespaceView.controller(call.drive()))))
        .mount();
    ControllerActions.mount(routes);
    LogsHandler.mount(routes);
    FeaturesHandler.mount(routes);
    PassthroughHandler.mount(routes);
    FaultsHandler.mount(routes);
    routes.at("/v1/events", Target.SERVICE).stream(new EventsHandler(management)::follow).mount();
    routes.at("/v1/namespaces", Target.SERVICE).get(this::namespaces).mount();
    routes
        .at("/v1/namespaces/:ns", Target.NAMESPACE)
        .get(call -> Dispatch.reply(Reply.json(NamespaceView.namespace(call.namespace()))))
        .mount();
    BlockHandler.mount(routes);
    RangeActions.mount(routes);
    CompareAndWriteAction.mount(routes);
    CopyAction.mount(routes);
    HealthHandler.mount(routes);
    routes.at("/metrics", Target.SERVICE).get(this::metrics).mount();
    routes
        .at("/openapi.yaml", Target.SERVICE)
        .get(call -> Dispatch.reply(Reply.of("application/yaml", contract)))
        .mount();
    DocsPage.mount(routes);
    router.route().last().handler(this::notFound);
    router.route().failureHandler(c -> failed(c, c.statusCode() < 400 ? 500 : c.statusCode()));
    // A path that is not percent-encoded as it should fails before it meets a route.
    router.errorHandler(400, c -> failed(c, 400));
    return router;
  }

  private Future<Reply> controllers(Call call) {
    JsonArray all = new JsonArray();
    call.state().drives().forEach(d -> all.add(NamespaceView.controller(d)));
    return Dispatch.reply(Reply.json(all));
  }

  private Future<Reply> namespaces(Call call) {
    JsonArray all = new JsonArray();
    for (Drive drive : call.state().drives()) {
      drive.namespaces().forEach(n -> all.add(NamespaceView.namespace(n)));
    }
    return Dispatch.reply(Reply.json(all));
  }

  private Future<Reply> metrics(Call call) {
    // Rendering takes milliseconds: not on an event loop.
    return call.blocking("metrics", scrape::get)
        .map(text -> Reply.of(METRICS_TYPE, Buffer.buffer(text)));
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
    LoopState loop = management.loop();
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
