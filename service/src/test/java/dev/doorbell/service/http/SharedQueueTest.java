package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two loops on a drive that grants one queue pair: one sends its commands to the other. */
class SharedQueueTest {
  private static final int BLOCK = 4096;
  private static final String DATA = "/v1/namespaces/nvme0n1/data";
  private static final String ZONES = "/v1/namespaces/nvme0n2/zones";

  private final Random random = new Random(0x5EED_0008L);
  private final TestService service =
      TestService.start(
          EmulatedController.open(
              EmulatedControllerConfig.builder("emulated")
                  .maxQueuePairs(1)
                  .namespace(new MemoryStore(16 << 20), BLOCK)
                  .namespace(zoned())
                  .build()),
          "loops=2");

  /** Connections, which the loops take in turns. */
  private final List<Client> clients =
      IntStream.range(0, 8).mapToObj(i -> service.client(HttpVersion.HTTP_1_1)).toList();

  private static NamespaceConfig zoned() {
    ZoneGeometry geometry = new ZoneGeometry(BLOCK, 16, 256, 256, 0, 0, 64 << 10, 0, 0, 0, true);
    return new NamespaceConfig(new MemoryStore(16 << 20), BLOCK, false, Zones.inMemory(geometry));
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    service.close();
  }

  @Test
  void everyLoopReadsAndWritesThroughTheOneQueue() {
    List<byte[]> written = new ArrayList<>();
    List<Future<Answer>> writes = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      // Begins and ends inside of blocks, and takes several commands.
      byte[] data = new byte[600_000];
      random.nextBytes(data);
      written.add(data);
      writes.add(
          clients
              .get(i)
              .requestAsync(HttpMethod.PUT, DATA, data, "Content-Range", contentRange(i)));
    }
    writes.forEach(w -> Client.await(w).expect(204));
    for (int i = 0; i < clients.size(); i++) {
      // By another connection, which may be another loop's.
      Client reader = clients.get((i + 1) % clients.size());
      String range = "bytes=%d-%d".formatted(first(i), first(i) + 599_999);
      assertArrayEquals(
          written.get(i), reader.get(DATA, "Range", range).expect(206).body(), "client " + i);
    }
    assertBothLoopsWorked();
  }

  @Test
  void everyLoopAppendsToZonesThroughTheOneQueue() {
    List<Future<Answer>> appends = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      byte[] data = new byte[BLOCK];
      random.nextBytes(data);
      data[0] = (byte) i;
      appends.add(clients.get(i % clients.size()).postAsync(ZONES + "/3/append", data));
    }
    Set<Integer> places = new HashSet<>();
    for (int i = 0; i < appends.size(); i++) {
      int offset = Client.await(appends.get(i)).expect(200).json().getInteger("offset");
      assertTrue(places.add(offset), "two appends at " + offset);
      String range = "bytes=%d-%d".formatted(offset, offset);
      byte[] found =
          clients
              .get((i + 1) % clients.size())
              .get("/v1/namespaces/nvme0n2/data", "Range", range)
              .expect(206)
              .body();
      assertEquals((byte) i, found[0]);
    }
    int start = 3 * 256 * BLOCK;
    assertEquals(
        start + 64 * BLOCK,
        clients.get(0).get(ZONES + "/3").expect(200).json().getInteger("write_pointer"));
    for (Client each : clients) {
      each.request(HttpMethod.POST, ZONES + "/3/reset").expect(200);
    }
    assertBothLoopsWorked();
  }

  private void assertBothLoopsWorked() {
    assertEquals(
        1, client().get("/v1/controllers/nvme0").expect(200).json().getInteger("io_queues"));
    for (int loop = 0; loop < 2; loop++) {
      assertTrue(
          service.metric("doorbell_http_requests_total", "loop=\"" + loop + "\"") > 0,
          "loop " + loop + " had nothing to do");
    }
  }

  private Client client() {
    return clients.get(0);
  }

  private static int first(int i) {
    return i * 700_000 + 777;
  }

  private static String contentRange(int i) {
    return "bytes %d-%d/*".formatted(first(i), first(i) + 599_999);
  }
}
