package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What mutated requests have brought to light. */
class MalformedRequestsTest {
  private static TestService service;

  @BeforeAll
  static void start() {
    service = TestService.start(TestService.MEMORY_1_MIB);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET /livez HTTP/1.2, 200",
    "GET /livez HTTP/3.0, 400",
    "GET /livez HTTQ/1.1, 400",
    "GET /v1/namespaces/nvme0n1/data XTTP/1.1, 400"
  })
  void anotherProtocolIsAnsweredInThisOne(String line, int status) throws IOException {
    try (RawConnection raw = service.raw()) {
      assertEquals("http/1.1 " + status, raw.head(line).readHead().substring(0, 12));
    }
  }
}
