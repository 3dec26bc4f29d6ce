package dev.doorbell.service.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Slow reads that have all memory of a service whose arena is as large as its namespace. */
final class MemoryHolders {
  private static final int COMMAND = 128 << 10;

  private final List<RawConnection> readers = new ArrayList<>();
  private final byte[] content;

  private MemoryHolders(byte[] content) {
    this.content = content;
  }

  /**
   * Begins them; returns once nothing is left.
   *
   * @param content of the namespace, in 512-byte blocks
   */
  static MemoryHolders begin(TestService service, byte[] content) throws IOException {
    MemoryHolders holders = new MemoryHolders(content);
    int count = content.length / COMMAND;
    try (Client client = service.client(HttpVersion.HTTP_2)) {
      String slow =
          "{\"fault\": \"delay\", \"opcode\": \"read\", \"delay_ms\": 1500, \"count\": "
              + count
              + "}";
      client.send(HttpMethod.POST, "/v1/controllers/nvme0/faults", slow).expect(204);
    }
    for (int i = 0; i < count; i++) {
      String range = "Range: bytes=%d-%d".formatted(i * COMMAND, (i + 1) * COMMAND - 1);
      holders.readers.add(service.raw().head("GET " + Client.DATA + " HTTP/1.1", range));
    }
    Await.until(
        "all memory is taken",
        () -> service.metric("doorbell_dma_arena_used_bytes") == content.length);
    return holders;
  }

  /** Has them end, with the right bytes. */
  void end() throws IOException {
    for (int i = 0; i < readers.size(); i++) {
      readers.get(i).readPart(i * COMMAND, (i + 1) * COMMAND, content, content.length);
      readers.get(i).close();
    }
  }
}
