package dev.doorbell.service.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The page that shows the contract: Swagger UI, which the build takes from its webjar, and a few
 * lines that start it.
 *
 * <p>Everything comes from this service, and the policy sent along holds browsers to that: whatever
 * the document says, nothing else is loaded or asked, and no script or style runs that did not come
 * as one of these files.
 */
final class DocsPage {
  private static final String PAGE = "index.html";

  /** Media types by file; also the list of what there is. */
  private static final Map<String, String> TYPES =
      Map.of(
          PAGE,
          "text/html; charset=utf-8",
          "docs.js",
          "text/javascript; charset=utf-8",
          "swagger-ui-bundle.js",
          "text/javascript; charset=utf-8",
          "swagger-ui.css",
          "text/css; charset=utf-8");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Shared by all loops, and filled when somebody looks: the bundle is larger than a megabyte. */
  private static final Map<String, Buffer> FILES = new ConcurrentHashMap<>();

  private final Vertx vertx;

  DocsPage(Vertx vertx) {
    this.vertx = vertx;
  }

  void page(RoutingContext context) {
    send(context, PAGE);
  }

  /** One of the page's files, by the path parameter {@code file}. */
  void file(RoutingContext context) {
    String name = context.pathParam("file");
    if (name.equals(PAGE) || !TYPES.containsKey(name)) {
      Problem.of(404, "Not Found", "/docs has no file '" + name + "'").send(context.request());
      return;
    }
    send(context, name);
  }

  private void send(RoutingContext context, String name) {
    Buffer ready = FILES.get(name);
    if (ready != null) {
      send(context, name, ready);
      return;
    }
    // Reading a jar takes milliseconds: not on an event loop.
    vertx
        .executeBlocking(() -> FILES.computeIfAbsent(name, DocsPage::read), false)
        .onSuccess(content -> send(context, name, content))
        .onFailure(context::fail);
  }

  private static void send(RoutingContext context, String name, Buffer content) {
    HttpServerResponse response = context.response();
    response.putHeader(HttpHeaders.CONTENT_TYPE, TYPES.get(name));
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    response.putHeader("Content-Security-Policy", POLICY);
    response.putHeader("X-Content-Type-Options", "nosniff");
    response.putHeader("Referrer-Policy", "no-referrer");
    Bodies.end(context.request(), content);
  }

  private static Buffer read(String name) {
    try (InputStream in = DocsPage.class.getResourceAsStream("/docs/" + name)) {
      if (in == null) {
        throw new IllegalStateException("docs/" + name + " is missing from the class path");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
