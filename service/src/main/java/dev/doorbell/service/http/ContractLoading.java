package dev.doorbell.service.http;

import dev.doorbell.service.contract.Contract;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.openapi.contract.OpenAPIContract;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The router of one loop, which takes a while to make: requests that come before it wait. */
final class ContractLoading {
  private static final Logger LOG = LoggerFactory.getLogger(ContractLoading.class);

  /** The contract of a service, loaded by whichever loop needs it first. Safe for any thread. */
  static final class Shared {
    private Future<OpenAPIContract> contract; // guarded by this

    private synchronized Future<OpenAPIContract> get(Vertx vertx) {
      if (contract == null) {
        contract = vertx.executeBlocking(Contract::load, false);
      }
      return contract;
    }
  }

  private final Management management;
  private final Frame frame;
  private final Handlers handlers;
  private final Context context;
  private Future<Router> loading;
  private Router router;

  ContractLoading(Management management, Frame frame, Handlers handlers) {
    this.management = management;
    this.frame = frame;
    this.handlers = handlers;
    this.context = management.vertx().getOrCreateContext();
  }

  /** Begins, if that has not happened yet. */
  void begin() {
    if (loading != null) {
      return;
    }
    Vertx vertx = management.vertx();
    Promise<Router> made = Promise.promise();
    loading = made.future();
    management
        .state()
        .contract()
        .get(vertx)
        .compose(contract -> vertx.executeBlocking(() -> router(contract), false))
        .onComplete(result -> context.runOnContext(v -> finish(made, result)));
  }

  private Router router(OpenAPIContract contract) {
    return new ContractRouter(management, contract, handlers).build(frame);
  }

  private void finish(Promise<Router> made, AsyncResult<Router> result) {
    if (result.succeeded()) {
      router = result.result();
    } else {
      LOG.error("the contract cannot be used; only data and probes are served", result.cause());
    }
    made.handle(result);
  }

  /** Routes a request, at once or when that is possible. */
  void handle(HttpServerRequest request) {
    if (router != null) {
      router.handle(request);
      return;
    }
    begin();
    // Of this request, not of the loop, so that what is logged and traced is this request's.
    Context own = management.vertx().getOrCreateContext();
    request.pause();
    loading.onComplete(result -> own.runOnContext(v -> resume(request, result)));
  }

  private static void resume(HttpServerRequest request, AsyncResult<Router> result) {
    if (request.response().closed()) {
      return;
    }
    if (result.succeeded()) {
      result.result().handle(request);
    } else {
      Problem.of(500, "Internal Server Error", "the service failed to answer; see its log")
          .send(request);
    }
    request.resume();
  }
}
