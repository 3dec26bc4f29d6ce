package dev.doorbell.service.http;

import dev.doorbell.service.contract.HandRouted;
import dev.doorbell.service.drive.Drive;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/**
 * Everything but the data, on one loop. How the service is, it tells from the start; the rest waits
 * until the contract has been loaded, the first time that it is needed.
 */
final class Resources {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Management management;
  private final Supplier<String> scrape;
  private final Frame frame;
  private final Router probes;
  private final ContractLoading loading;

  /**
   * @param scrape renders the metrics; called on a worker thread
   */
  Resources(Management management, Supplier<String> scrape) {
    this.management = management;
    this.scrape = scrape;
    this.frame = new Frame(management.loop());
    this.probes = probes();
    this.loading = new ContractLoading(management, frame, handlers());
  }

  /** Loads the contract, if nobody has yet. */
  void prepare() {
    loading.begin();
  }

  void handle(HttpServerRequest request) {
    String path = request.path();
    if (path != null && HandRouted.PATHS.contains(path)) {
      probes.handle(request);
    } else {
      loading.handle(request);
    }
  }

  private Router probes() {
    Router router = Router.router(management.vertx());
    router.route().handler(frame::count);
    Routes routes = new Routes(management, router);
    HealthHandler.mount(routes);
    routes.get("/metrics", this::metrics);
    frame.finish(router, c -> Refusals.problem(c, null, null, c.failure()).reply());
    return router;
  }

  /** What answers all the rest. */
  private Handlers handlers() {
    Handlers handlers = new Handlers();
    handlers.on("listControllers", this::controllers);
    handlers.on(
        "getController",
        call -> Dispatch.reply(Reply.json(NamespaceView.controller(call.drive()))));
    ControllerActions.add(handlers);
    LogsHandler.add(handlers);
    FeaturesHandler.add(handlers);
    PassthroughHandler.add(handlers);
    FaultsHandler.add(handlers);
    handlers.stream("followEvents", new EventsHandler(management)::follow);
    handlers.on("listNamespaces", this::namespaces);
    handlers.on(
        "getNamespace",
        call -> Dispatch.reply(Reply.json(NamespaceView.namespace(call.namespace()))));
    BlockHandler.add(handlers);
    RangeActions.add(handlers);
    CompareAndWriteAction.add(handlers);
    CopyAction.add(handlers);
    handlers.on(
        "getContract",
        call -> call.aside(Resources::contract).map(yaml -> Reply.of("application/yaml", yaml)));
    ZoneOperations.add(handlers);
    DocsPage.add(handlers);
    return handlers;
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
    return call.aside(scrape::get).map(text -> Reply.of(METRICS_TYPE, Buffer.buffer(text)));
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
}
