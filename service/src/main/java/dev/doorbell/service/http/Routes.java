package dev.doorbell.service.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * Mounts resources by hand, for what has to answer even if the contract cannot be loaded: each
 * answers GET, HEAD, OPTIONS with its methods, and every other method with 405.
 */
final class Routes {
  private static final String ALLOW = "GET, HEAD, OPTIONS";

  private final Router router;
  private final Dispatch dispatch;

  Routes(Management management, Router router) {
    this.router = router;
    this.dispatch = new Dispatch(management);
  }

  /** A resource of the service as a whole. */
  void get(String path, Operation operation) {
    for (HttpMethod method : new HttpMethod[] {HttpMethod.GET, HttpMethod.HEAD}) {
      router.route(method, path).handler(c -> dispatch.read(c, Target.SERVICE, operation));
    }
    Reply options = Reply.noContent().with(HttpHeaders.ALLOW, ALLOW);
    router
        .options(path)
        .handler(c -> dispatch.read(c, Target.SERVICE, call -> Dispatch.reply(options)));
    router.route(path).handler(c -> methodNotAllowed(c, ALLOW));
  }

  static void methodNotAllowed(RoutingContext context, String allow) {
    Problem.methodNotAllowed(context.request().method(), allow)
        .reply()
        .with(HttpHeaders.ALLOW, allow)
        .send(context.request());
  }
}
