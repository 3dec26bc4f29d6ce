package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Readers who ask for much and do not read hold little, and nobody up. */
class StalledReadersTest {
  private static final int CAPACITY = 16 << 20;
  private static final int ARENA = 4 << 20;
  private static final int READERS = 200;

  private static final byte[] CONTENT = Seeded.bytes(1, CAPACITY);
  private final List<RawConnection> readers = new ArrayList<>();
  private TestService service;
  private Client client;

  @BeforeEach
  void start() {
    service =
        TestService.start(
            "emulated:memory?size=16MiB&lba_size=512",
            "loops=1",
            "queue.dma_arena=4MiB",
            "http.wait_ms=30000");
    client = service.client(HttpVersion.HTTP_2);
    client.put(CONTENT).expect(204);
  }

  @AfterEach
  void stop() throws IOException {
    for (RawConnection reader : readers) {
      reader.abort();
    }
    service.awaitIdle();
    service.close();
  }

  /** More of them than the memory has room for, were each to hold but one command's worth. */
  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=0-,5-,77-,4096-"})
  void theyHoldABoundedPartOfTheMemoryAndAHealthyClientIsServed(String range) throws IOException {
    for (int i = 0; i < READERS; i++) {
      RawConnection reader = service.raw();
      readers.add(reader);
      reader.head("GET " + Client.DATA + " HTTP/1.1", "Range: " + range);
    }
    for (RawConnection reader : readers) {
      assertTrue(reader.readHead().startsWith("http/1.1 206 "));
    }
    for (int i = 0; i < 50; i++) {
      int first = i * 5000;
      assertArrayEquals(
          Arrays.copyOfRange(CONTENT, first, first + 4096),
          client.range(first + "-" + (first + 4095)).expect(206).body());
    }
    assertArrayEquals(
        Arrays.copyOf(CONTENT, 3 << 20), client.range("0-" + ((3 << 20) - 1)).expect(206).body());
    client.put(Arrays.copyOf(CONTENT, 1 << 20), "Content-Range", "bytes 0-1048575/*").expect(204);
    Await.until(
        "every reader has what it can get",
        () -> service.metric("doorbell_nvme_inflight_commands") == 0);
    double used = service.metric("doorbell_dma_arena_used_bytes");
    assertTrue(used <= ARENA - ARENA / 8, "readers hold " + used + " bytes of the arena");
    assertTrue(service.metric("doorbell_http_data_requests_active") >= READERS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=0-,5-"})
  void whoReadsAfterAllGetsEveryByte(String range) throws IOException {
    for (int i = 0; i < READERS / 4; i++) {
      RawConnection reader = service.raw();
      readers.add(reader);
      reader.head("GET " + Client.DATA + " HTTP/1.1", "Range: " + range);
      reader.readHead();
    }
    for (RawConnection reader : readers.subList(0, 2)) {
      byte[] body = reader.read(CAPACITY);
      int begin = range.contains(",") ? indexOfData(body) : 0;
      assertArrayEquals(
          Arrays.copyOf(CONTENT, CAPACITY - begin), Arrays.copyOfRange(body, begin, CAPACITY));
      reader.abort();
    }
    readers.subList(0, 2).clear();
  }

  private static int indexOfData(byte[] body) {
    String head = new String(body, 0, 300, java.nio.charset.StandardCharsets.ISO_8859_1);
    return head.indexOf("\r\n\r\n") + 4;
  }
}
