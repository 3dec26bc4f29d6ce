package dev.doorbell.service.http;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;

/** What every router has around its routes: counts, and answers to what no route takes. */
final class Frame {
  private final LoopState loop;

  Frame(LoopState loop) {
    this.loop = loop;
  }

  /**
   * Ends a router.
   *
   * @param refusal what a failure is to the client; null if it has gone
   */
  void finish(Router router, Function<RoutingContext, Reply> refusal) {
    router.route().last().handler(Frame::notFound);
    router.route().failureHandler(c -> failed(c, refusal.apply(c)));
    // A path that is not percent-encoded as it should fails before it meets a route.
    router.errorHandler(400, c -> failed(c, Refusals.malformed().reply()));
  }

  /** Counts a request when it has been answered. */
  void count(RoutingContext context) {
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

  static void notFound(RoutingContext context) {
    Problem.of(
            404,
            "Not Found",
            "there is no resource '"
                + context.request().path()
                + "'; /openapi.yaml describes those that there are")
        .send(context.request());
  }

  private static void failed(RoutingContext context, Reply reply) {
    if (reply != null && !context.response().headWritten()) {
      reply.send(context.request());
    }
  }
}
