package dev.doorbell.service.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What web pages of other origins may do (Fetch Standard, 3.2): nothing, unless the configuration
 * names their origin. Browsers keep answers from them, but some requests they send all the same; so
 * those that could change something are refused here.
 */
final class Cors {
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private static final CharSequence METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY";
  private static final CharSequence EXPOSED =
      "Accept-Ranges, Allow, Content-Digest, Content-Range, Preference-Applied, Retry-After,"
          + " Server-Timing, X-Request-Id";
  private static final String MAX_AGE_SECONDS = "600";

  private final List<String> origins;
  private final boolean all;

  /**
   * @param origins that may do everything, in lower case; {@code *} for all
   */
  Cors(List<String> origins) {
    this.origins = origins;
    this.all = origins.contains("*");
  }

  /** Answers a request that the rules for origins decide; costs others a look at a header. */
  boolean handles(HttpServerRequest request) {
    HttpMethod method = request.method();
    boolean reads = method == HttpMethod.GET || method == HttpMethod.HEAD;
    if (origins.isEmpty() && reads) {
      return false;
    }
    String origin = request.headers().get(HttpHeaders.ORIGIN);
    if (origin == null) {
      return false;
    }
    if (all || origins.contains(origin.toLowerCase(Locale.ROOT))) {
      return allowed(request, origin);
    }
    if (SAFE.contains(method) || own(request, origin)) {
      return false;
    }
    Problem.of(
            403,
            "Origin Not Allowed",
            "a page of %s may not do this; api.cors_origins names those that may".formatted(origin))
        .with("key", "api.cors_origins")
        .send(request);
    return true;
  }

  private static boolean allowed(HttpServerRequest request, String origin) {
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    String asked = request.headers().get(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
    if (request.method() != HttpMethod.OPTIONS || asked == null) {
      response.putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
      return false;
    }
    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    String headers = request.headers().get(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
    if (headers != null) {
      response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, headers);
    }
    response.putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
    response.setStatusCode(204).end();
    return true;
  }

  /** Whether the page comes from this service itself, as {@code /docs} does. */
  private static boolean own(HttpServerRequest request, String origin) {
    HostAndPort authority = request.authority();
    try {
      URI page = URI.create(origin);
      boolean tls = "https".equals(page.getScheme());
      int port = page.getPort() < 0 ? tls ? 443 : 80 : page.getPort();
      int own = authority == null ? -1 : authority.port();
      own = own < 0 ? request.isSSL() ? 443 : 80 : own;
      return authority != null
          && tls == request.isSSL()
          && port == own
          && authority.host().equalsIgnoreCase(page.getHost());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
