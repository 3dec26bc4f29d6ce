package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What web pages of other origins may do. */
class CorsTest {
  private static final String ALLOW = "access-control-allow-origin";
  private static final String FLUSH = "/v1/namespaces/nvme0n1/flush";
  private static final String OTHER = "http://other.example";

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void pagesOfOtherOriginsChangeNothing(HttpVersion version) {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB)) {
      Client client = service.client(version);
      for (String origin : new String[] {OTHER, "null", "http://127.0.0.1:1", "::"}) {
        Answer refused = client.post(FLUSH, new byte[0], "Origin", origin);
        assertEquals("api.cors_origins", refused.problem(403).getString("key"));
        assertNull(refused.header(ALLOW));
      }
      client.put(new byte[512], "Content-Range", "bytes 0-511/*", "Origin", OTHER).problem(403);
      Answer read = client.get("/v1/namespaces", "Origin", OTHER).expect(200);
      assertNull(read.header(ALLOW));
      Answer asked =
          client.request(
              HttpMethod.OPTIONS, FLUSH, "Origin", OTHER, "Access-Control-Request-Method", "POST");
      assertNull(asked.expect(204).header(ALLOW));
      assertEquals("OPTIONS, POST", asked.header("allow"));
      // Its own page, and clients that are no browsers.
      String own = "http://127.0.0.1:" + service.port();
      client.post(FLUSH, new byte[0], "Origin", own).expect(204);
      client.post(FLUSH, new byte[0]).expect(204);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://other.example, true",
    "HTTP://Other.Example, true",
    "http://third.example, false"
  })
  void pagesOfConfiguredOriginsDoEverything(String origin, boolean allowed) {
    try (TestService service =
        TestService.start(
            TestService.MEMORY_1_MIB, "api.cors_origins=https://a.example, http://other.example")) {
      Client client = service.client(HttpVersion.HTTP_2);
      Answer read = client.get(Client.DATA, "Range", "bytes=0-511", "Origin", origin).expect(206);
      assertEquals(allowed ? origin : null, read.header(ALLOW));
      Answer posted = client.post(FLUSH, new byte[0], "Origin", origin);
      assertEquals(allowed ? 204 : 403, posted.status());
      assertEquals(allowed ? origin : null, posted.header(ALLOW));
      assertEquals(allowed ? "origin" : null, posted.header("vary"));
    }
  }

  @Test
  void preflightsAreAnswered() {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB, "api.cors_origins=*")) {
      Answer preflight =
          service
              .client(HttpVersion.HTTP_1_1)
              .request(
                  HttpMethod.OPTIONS,
                  Client.DATA,
                  "Origin",
                  OTHER,
                  "Access-Control-Request-Method",
                  "PUT",
                  "Access-Control-Request-Headers",
                  "content-range, prefer")
              .expect(204);
      assertEquals(OTHER, preflight.header(ALLOW));
      assertEquals("content-range, prefer", preflight.header("access-control-allow-headers"));
      assertEquals("600", preflight.header("access-control-max-age"));
      assertEquals(
          "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY",
          preflight.header("access-control-allow-methods"));
    }
  }
}
