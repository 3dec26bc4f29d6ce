package dev.doorbell.service.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
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

  private DocsPage() {}

  static void add(Handlers handlers) {
    handlers.on("getDocs", call -> reply(call, PAGE));
    handlers.on("getDocsFile", DocsPage::file);
  }

  private static Future<Reply> file(Call call) {
    String name = call.parameter("file");
    if (name.equals(PAGE) || !TYPES.containsKey(name)) {
      throw Problem.of(404, "Not Found", "/docs has no file '" + name + "'").asException();
    }
    return reply(call, name);
  }

  private static Future<Reply> reply(Call call, String name) {
    Buffer ready = FILES.get(name);
    Future<Buffer> content =
        ready != null
            ? Future.succeededFuture(ready)
            // Reading a jar takes milliseconds: not on an event loop.
            : call.aside(() -> FILES.computeIfAbsent(name, DocsPage::read));
    return content.map(
        bytes ->
            Reply.of(TYPES.get(name), bytes)
                .with("Content-Security-Policy", POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer"));
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
