package dev.doorbell.service.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.TreeSet;

/**
 * Mounts resources: each answers HEAD where it answers GET, OPTIONS with its methods where what it
 * names is there, and every other method with 405.
 */
final class Routes {
  /** The longest body of most resources: hundreds of extents fit. */
  static final int BODY_LIMIT = 64 << 10;

  private final Router router;
  private final Dispatch dispatch;

  Routes(Management management, Router router) {
    this.router = router;
    this.dispatch = new Dispatch(management);
  }

  /** A resource in the making; {@link Resource#mount} ends it. */
  Resource at(String path, Target target) {
    return new Resource(path, target);
  }

  /** The methods of one path. */
  final class Resource {
    private final String path;
    private final Target target;
    private final TreeSet<String> methods = new TreeSet<>();
    private int limit = BODY_LIMIT;

    private Resource(String path, Target target) {
      this.path = path;
      this.target = target;
    }

    /** Sets the longest body that the methods added from here on take. */
    Resource limit(int bytes) {
      limit = bytes;
      return this;
    }

    Resource get(Operation operation) {
      for (HttpMethod method : new HttpMethod[] {HttpMethod.GET, HttpMethod.HEAD}) {
        add(method);
        router.route(method, path).handler(c -> dispatch.read(c, target, operation));
      }
      return this;
    }

    /** Reads what has no end: the handler answers by itself. */
    Resource stream(Handler<RoutingContext> handler) {
      add(HttpMethod.GET);
      add(HttpMethod.HEAD);
      router.get(path).handler(handler);
      router.head(path).handler(handler);
      return this;
    }

    Resource post(Operation operation) {
      return change(HttpMethod.POST, operation);
    }

    Resource put(Operation operation) {
      return change(HttpMethod.PUT, operation);
    }

    Resource delete(Operation operation) {
      add(HttpMethod.DELETE);
      router.delete(path).handler(c -> dispatch.read(c, target, operation));
      return this;
    }

    void mount() {
      add(HttpMethod.OPTIONS);
      String allow = String.join(", ", methods);
      router
          .options(path)
          .handler(
              c ->
                  dispatch.read(
                      c,
                      target,
                      call -> Dispatch.reply(Reply.noContent().with(HttpHeaders.ALLOW, allow))));
      router.route(path).handler(c -> methodNotAllowed(c, allow));
    }

    private Resource change(HttpMethod method, Operation operation) {
      int most = limit;
      add(method);
      router.route(method, path).handler(c -> dispatch.change(c, target, operation, most));
      return this;
    }

    private void add(HttpMethod method) {
      methods.add(method.name());
    }
  }

  private static void methodNotAllowed(RoutingContext context, String allow) {
    Problem.of(
            405,
            "Method Not Allowed",
            context.request().method() + " is not possible here; allowed: " + allow)
        .reply()
        .with(HttpHeaders.ALLOW, allow)
        .send(context.request());
  }
}
