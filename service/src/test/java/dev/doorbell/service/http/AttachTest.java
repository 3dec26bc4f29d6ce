package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Namespaces that come and go while the service runs. */
class AttachTest {
  private static final int MIB = 1 << 20;
  private static final String FIRST = "/v1/namespaces/nvme0n1";
  private static final String SECOND = "/v1/namespaces/nvme0n2";

  private final Random random = new Random(0x5EED_0007L);
  private final EmulatedController controller =
      EmulatedController.open(
          EmulatedControllerConfig.builder("emulated")
              .namespace(new MemoryStore(MIB), 4096)
              .build());
  private final TestService service = TestService.start(controller, "loops=2");

  /** On both loops. */
  private final List<Client> clients =
      IntStream.range(0, 4).mapToObj(i -> service.client(HttpVersion.HTTP_1_1)).toList();

  private final Client client = clients.get(0);

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void aNamespaceThatIsAttachedIsServed() {
    assertProblem(404, client.get(SECOND + "/data"));
    attach(new MemoryStore(2 * MIB), 512);
    awaitStatus(200, SECOND + "/data");
    JsonObject namespace = client.get(SECOND).expect(200).json();
    assertEquals(2 * MIB, namespace.getInteger("capacity_bytes"));
    assertEquals(2, namespace.getInteger("nsid"));
    assertEquals(2, client.get("/v1/namespaces").expect(200).jsonArray().size());
    for (Client each : clients) {
      byte[] data = new byte[10_000];
      random.nextBytes(data);
      put(each, SECOND, data, 12_345);
      for (Client reader : clients) {
        assertArrayEquals(
            data, reader.get(SECOND + "/data", "Range", "bytes=12345-22344").expect(206).body());
      }
    }
    client.get(SECOND + "/policy").expect(200);
    assertTrue(
        service.metric("doorbell_block_operations_total", "namespace=\"nvme0n2\"") > 0,
        "it has its counts");
    assertEquals(1, service.metric("doorbell_namespace_available", "namespace=\"nvme0n2\""));
  }

  @Test
  void aNamespaceThatIsDetachedIsNotThereUntilItIsBack() {
    MemoryStore store = new MemoryStore(MIB);
    attach(store, 512);
    awaitStatus(200, SECOND + "/data");
    put(client, SECOND, new byte[] {1, 2, 3}, 700);
    controller.detach(2);
    awaitStatus(404, SECOND + "/data");
    for (Client each : clients) {
      assertProblem(404, each.get(SECOND + "/data"));
      assertProblem(404, each.get(SECOND));
      assertProblem(404, each.get(SECOND + "/statistics"));
      assertProblem(404, each.request(HttpMethod.HEAD, SECOND + "/data"));
    }
    assertEquals(1, client.get("/v1/namespaces").expect(200).jsonArray().size());
    assertEquals(0, service.metric("doorbell_namespace_available", "namespace=\"nvme0n2\""));
    assertEquals(
        List.of("nvme0n2"),
        client.get("/readyz").expect(200).json().getJsonArray("stopped").getList());
    // The other one is not concerned.
    put(client, FIRST, new byte[] {4, 5, 6}, 100);
    attach(new MemoryStore(MIB), 512);
    awaitStatus(200, SECOND + "/data");
    assertArrayEquals(
        new byte[3], client.get(SECOND + "/data", "Range", "bytes=700-702").expect(206).body());
  }

  @Test
  void aNamespaceThatComesBackWithOtherBlocksIsServedWithThose() {
    controller.detach(1);
    controller.attach(new NamespaceConfig(new MemoryStore(2 * MIB), 512, false));
    Await.until(
        "the namespace has blocks of 512 bytes",
        () -> {
          Answer answer = client.get(FIRST);
          return answer.status() == 200 && answer.json().getInteger("block_size") == 512;
        });
    awaitStatus(200, FIRST + "/data");
    byte[] data = new byte[512];
    random.nextBytes(data);
    put(client, FIRST, data, 512);
    assertArrayEquals(
        data, client.get(FIRST + "/data", "Range", "bytes=512-1023").expect(206).body());
    assertEquals(0, service.metric("doorbell_block_unaligned_total"));
  }

  @Test
  void aServiceWithoutAnyNamespaceLeftIsNotReady() {
    controller.detach(1);
    awaitStatus(503, "/readyz");
    assertProblem(404, client.get(FIRST + "/data"));
  }

  private void attach(MemoryStore store, int blockSize) {
    controller.attach(new NamespaceConfig(store, blockSize, false));
  }

  private void put(Client by, String namespace, byte[] data, int offset) {
    String range = "bytes %d-%d/*".formatted(offset, offset + data.length - 1);
    Client.await(by.requestAsync(HttpMethod.PUT, namespace + "/data", data, "Content-Range", range))
        .expect(204);
  }

  /** On every loop. */
  private void awaitStatus(int status, String path) {
    for (Client each : clients) {
      Await.until(path + " is answered with " + status, () -> each.get(path).status() == status);
    }
  }

  private static void assertProblem(int status, Answer answer) {
    answer.expect(status);
    assertEquals("application/problem+json", answer.header("Content-Type"));
  }
}
