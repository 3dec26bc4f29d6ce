package dev.doorbell.service.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Expect (RFC 9110, 10.1.1) of requests that have a body. */
final class Expectations {
  private Expectations() {}

  /** Whether there is none other than that the body is asked for; else refuses the request. */
  static boolean met(LoopState loop, HttpServerRequest request) {
    String expect = request.headers().get(HttpHeaders.EXPECT);
    if (expect == null || expect.strip().equalsIgnoreCase("100-continue")) {
      return true;
    }
    loop.refuse(
        request,
        Problem.of(
            417,
            "Expectation Failed",
            "Expect '%s' is not known here; 100-continue is".formatted(expect)));
    return false;
  }
}
