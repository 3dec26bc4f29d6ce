package dev.doorbell.service.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/** Expect (RFC 9110, 10.1.1) of requests that have a body. */
final class Expectations {
  /** What Vert.x calls the handler that upgrades a connection. */
  private static final String UPGRADE = "h2c";

  private Expectations() {}

  /** Whether there is none other than that the body is asked for; else refuses the request. */
  static boolean met(LoopState loop, HttpServerRequest request) {
    String expect = request.headers().get(HttpHeaders.EXPECT);
    if (expect == null) {
      return true;
    }
    Problem problem = unanswerable(request);
    if (problem == null && !expect.strip().equalsIgnoreCase("100-continue")) {
      problem =
          Problem.of(
              417,
              "Expectation Failed",
              "Expect '%s' is not known here; 100-continue is".formatted(expect));
    }
    if (problem != null) {
      loop.refuse(request, problem);
    }
    return problem == null;
  }

  /**
   * What is to be answered if the request waits for a 100 that it would not understand; null if it
   * does not.
   */
  static Problem unanswerable(HttpServerRequest request) {
    return upgrading(request) ? afterUpgrade(request) : null;
  }

  /** Whether the body of an HTTP/2 request comes in HTTP/1.1, whose decoder is there still. */
  private static boolean upgrading(HttpServerRequest request) {
    return request.version() == HttpVersion.HTTP_2
        && ((ConnectionBase) request.connection()).channel().pipeline().get(UPGRADE) != null;
  }

  /**
   * A request that has upgraded its connection to HTTP/2 has its body in HTTP/1.1 still, before
   * anything else (RFC 7540, 3.2). curl 7.88 takes the 101 for the end of that: it waits for a 100
   * and then never sends the body, and what it sends of HTTP/2 would be taken for it. After a 417
   * it asks again without the expectation. The connection ends behind the answer.
   */
  private static Problem afterUpgrade(HttpServerRequest request) {
    request.response().endHandler(v -> request.connection().close());
    return Problem.of(
        417,
        "Expectation Failed",
        "a request that upgrades its connection cannot wait for 100; send it without Expect, or"
            + " without Upgrade");
  }
}
