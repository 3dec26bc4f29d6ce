package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The block layer as operators and clients of the service see it. */
class BlockLayerTest {
  private static final int MIB = 1 << 20;
  private static final String NAMESPACE = "/v1/namespaces/nvme0n1";

  @TempDir Path directory;

  @Test
  void statisticsTellWhatBecameOfEveryRequest() {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB, "loops=2")) {
      Client client = service.client(HttpVersion.HTTP_2);
      client.put(new byte[100], "Content-Range", "bytes 7-106/*").expect(204);
      client.range("0-511").expect(206);
      client.range("9999999-").expect(416);
      client.put(new byte[10], "Content-Range", "bytes 1048570-1048579/*").expect(400);
      JsonObject statistics = client.get(NAMESPACE + "/statistics").expect(200).json();
      JsonObject operations = statistics.getJsonObject("operations");
      JsonObject write = operations.getJsonObject("write");
      assertEquals(1, write.getInteger("done"), statistics::encode);
      assertEquals(1, write.getInteger("unaligned"), statistics::encode);
      assertEquals(100, write.getInteger("bytes"), statistics::encode);
      assertEquals(1, write.getInteger("invalid"), statistics::encode);
      assertEquals(0, write.getInteger("failed"), statistics::encode);
      JsonObject read = operations.getJsonObject("read");
      assertEquals(1, read.getInteger("done"), statistics::encode);
      assertEquals(1, read.getInteger("invalid"), statistics::encode);
      assertEquals(1, sum(read.getJsonArray("latency")), statistics::encode);
      assertTrue(read.getLong("total_time_ns") > 0, statistics::encode);
      assertEquals(0, statistics.getInteger("in_flight"), statistics::encode);
      assertTrue(statistics.getLong("idle_time_ns") > 0, statistics::encode);
      assertEquals(1, service.metric("doorbell_block_invalid_total", "operation=\"read\""));
    }
  }

  @Test
  void theNamespaceTellsItsConfiguration() {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB, "loops=2")) {
      JsonObject json = service.client(HttpVersion.HTTP_1_1).get(NAMESPACE).expect(200).json();
      assertEquals(512, json.getInteger("block_size"));
      assertEquals(4096, json.getInteger("physical_block_size"));
      assertEquals(4096, json.getInteger("min_io_bytes"));
      assertEquals(128 << 10, json.getInteger("optimal_io_bytes"));
      assertEquals(4096, json.getInteger("discard_alignment"));
      assertEquals(1 << 20, json.getInteger("capacity_bytes"));
      assertEquals(2L << 30, json.getLong("max_discard_bytes"));
      assertEquals(2L << 30, json.getLong("max_write_zeroes_bytes"));
      assertTrue(json.getBoolean("write_zeroes_may_unmap"));
      assertFalse(json.getBoolean("read_only"));
      assertEquals("DOORBELL-NVME0", json.getString("serial"));
      assertEquals(2, json.getJsonObject("geometry").getInteger("cylinders"));
      assertEquals(63, json.getJsonObject("geometry").getInteger("sectors"));
      assertEquals(32, json.getInteger("max_segments"));
      assertEquals(256, json.getInteger("max_discard_segments"));
      assertEquals(16, json.getJsonObject("geometry").getInteger("heads"));
      assertEquals("writeback", json.getString("write_cache"));
      assertEquals(2, json.getInteger("queues"));
      assertEquals("running", json.getString("state"));
    }
  }

  @Test
  void theDefaultsAreConfigured() {
    try (TestService service =
        TestService.start(
            TestService.MEMORY_1_MIB,
            "block.merge=false",
            "block.read_errors=ignore",
            "block.write_errors=enospc",
            "block.write_cache=writethrough",
            "block.read_only=true",
            "block.max_waiting=7",
            "block.operations_per_second=1000000",
            "block.bytes_per_second=1GiB",
            "block.burst_ms=5")) {
      Client client = service.client(HttpVersion.HTTP_2);
      assertEquals(
          new JsonObject()
              .put("read_errors", "ignore")
              .put("write_errors", "enospc")
              .put("write_cache", "writethrough")
              .put("merge", false)
              .put("read_only", true)
              .put("max_waiting", 7)
              .put("operations_per_second", 1_000_000)
              .put("bytes_per_second", 1 << 30)
              .put("burst_ms", 5)
              .put("state", "running"),
          policy(client));
      client.put(new byte[512], "Content-Range", "bytes 0-511/*").problem(403);
      client.range("0-511").expect(206);
    }
  }

  @Test
  void theCacheOfTheDriveItselfCanBeOff() {
    String cache = "/v1/controllers/nvme0/features/write-cache";
    for (boolean off : new boolean[] {true, false}) {
      String setting = "block.write_cache=" + (off ? "none" : "writeback");
      try (TestService service = TestService.start(TestService.MEMORY_1_MIB, setting)) {
        Client client = service.client(HttpVersion.HTTP_2);
        assertEquals(!off, client.get(cache).expect(200).json().getBoolean("enabled"));
        client.put(new byte[512], "Content-Range", "bytes 0-511/*").expect(204);
        assertEquals("writeback", client.get(NAMESPACE).json().getString("write_cache"));
      }
    }
  }

  @Test
  void policyChangesWhileClientsGoOn() {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB, "loops=2")) {
      Client client = service.client(HttpVersion.HTTP_2);
      client.put(new byte[512], "Content-Range", "bytes 0-511/*").expect(204);
      JsonObject changed = change(client, new JsonObject().put("read_only", true)).json();
      assertTrue(changed.getBoolean("read_only"));
      assertTrue(client.get(NAMESPACE).expect(200).json().getBoolean("read_only"));
      client.put(new byte[512], "Content-Range", "bytes 0-511/*").problem(403);
      change(client, new JsonObject().put("read_only", false).put("write_cache", "writethrough"));
      client.put(new byte[512], "Content-Range", "bytes 0-511/*").expect(204);
      assertEquals("writethrough", client.get(NAMESPACE).json().getString("write_cache"));
      assertEquals("report", policy(client).getString("read_errors"), "what is left out stays");
    }
  }

  @Test
  void aMalformedPolicyChangesNothing() {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB)) {
      Client client = service.client(HttpVersion.HTTP_1_1);
      JsonObject before = policy(client);
      for (String body :
          List.of(
              "",
              "{",
              "[]",
              "{\"read_errors\": \"panic\"}",
              "{\"merge\": 1}",
              "{\"max_waiting\": -1}",
              "{\"max_waiting\": 65537}",
              "{\"max_waiting\": 1.5}",
              "{\"burst_ms\": 0}",
              "{\"bytes_per_second\": 9223372036854775808}",
              "{\"read_only\": true, \"iops\": 1}",
              "{\"merge\": null}",
              "{\"read_only\": true, \"x\": \"" + "y".repeat(5000) + "\"}")) {
        JsonObject problem = put(client, Buffer.buffer(body)).problem(400);
        assertEquals("Malformed Body", problem.getString("title"), body);
      }
      assertEquals(before, policy(client));
    }
  }

  /** As the seed's {@code werror=stop}: clients wait, the operator cures and resumes. */
  @Test
  void aStoppedNamespaceIsSeenAndResumed() throws IOException {
    Path image = directory.resolve("disk.img");
    Files.write(image, new byte[4 * MIB]);
    try (TestService service =
        TestService.start(
            "emulated:" + image,
            "loops=2",
            "block.write_errors=stop",
            "block.read_errors=stop",
            "block.max_waiting=2")) {
      Client client = service.client(HttpVersion.HTTP_2);
      Client operator = service.client(HttpVersion.HTTP_1_1);
      truncate(image, 2 * MIB);
      byte[] body = Seeded.bytes(1, 4096);
      Future<Answer> write =
          client.putAsync(
              body, "Content-Range", "bytes " + 3 * MIB + "-" + (3 * MIB + 4095) + "/*");
      Await.until("it is stopped", () -> policy(operator).containsKey("stop"));
      JsonObject policy = policy(operator);
      assertEquals("stopped", policy.getString("state"));
      assertEquals("write", policy.getJsonObject("stop").getString("operation"));
      assertEquals(3L * MIB, policy.getJsonObject("stop").getLong("offset"));
      assertFalse(write.isComplete());
      operator.get("/readyz").problem(503);
      assertEquals(1, service.metric("doorbell_namespace_stopped"));
      assertEquals(1, service.metric("doorbell_block_waiting_requests"));

      // The client's loop lets one more wait.
      Future<Answer> waits = client.putAsync(body, "Content-Range", "bytes 0-4095/*");
      Await.until("it waits", () -> service.metric("doorbell_block_waiting_requests") == 2);
      Answer refused = client.put(body, "Content-Range", "bytes 0-4095/*");
      assertEquals("Namespace Stopped", refused.problem(503).getString("title"));
      assertEquals("1", refused.header("retry-after"));

      truncate(image, 4 * MIB);
      operator.request(HttpMethod.POST, NAMESPACE + "/resume").expect(204);
      Client.await(write).expect(204);
      Client.await(waits).expect(204);
      assertArrayEquals(body, client.range(3 * MIB + "-" + (3 * MIB + 4095)).expect(206).body());
      assertArrayEquals(body, client.range("0-4095").expect(206).body());
      assertEquals("running", policy(operator).getString("state"));
      operator.get("/readyz").expect(200);
      assertEquals(0, service.metric("doorbell_namespace_stopped"));
      assertEquals(1, service.metric("doorbell_namespace_stops_total"));
      service.awaitIdle();
    }
  }

  /** Others are served on: the service is ready, and says what is not. */
  @Test
  void aStoppedNamespaceAmongOthersIsToldOf() throws IOException {
    Path image = directory.resolve("disk.img");
    Files.write(image, new byte[4 * MIB]);
    try (TestService service =
        TestService.start(
            List.of("emulated:" + image, "emulated:memory?size=1MiB"), "block.read_errors=stop")) {
      Client client = service.client(HttpVersion.HTTP_2);
      truncate(image, 2 * MIB);
      Future<Answer> read =
          client.requestAsync(
              HttpMethod.GET, Client.DATA, new byte[0], "Range", "bytes=3145728-3145828");
      Await.until("it is stopped", () -> policy(client).containsKey("stop"));
      JsonObject ready = client.get("/readyz").expect(200).json();
      assertEquals(new JsonArray().add("nvme0n1"), ready.getJsonArray("stopped"));
      assertEquals(
          new JsonArray().add("namespace nvme0n1 is stopped or gone"),
          ready.getJsonArray("reasons"));
      assertEquals(1, service.metric("doorbell_namespace_stopped", "namespace=\"nvme0n1\""));
      assertEquals(0, service.metric("doorbell_namespace_stopped", "namespace=\"nvme1n1\""));
      client.get("/v1/namespaces/nvme1n1/data", "Range", "bytes=0-9").expect(206);
      truncate(image, 4 * MIB);
      client.request(HttpMethod.POST, NAMESPACE + "/resume").expect(204);
      assertArrayEquals(new byte[101], Client.await(read).expect(206).body());
      ready = client.get("/readyz").expect(200).json();
      assertEquals(new JsonArray(), ready.getJsonArray("stopped"));
    }
  }

  /** What the drive does not take stays with the client, but for the window. */
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aLongWriteWaitsForTheDriveWithItsWindowAndNoMore(HttpVersion version) throws IOException {
    Path image = directory.resolve("disk.img");
    Files.write(image, new byte[0]);
    truncate(image, 64 * MIB);
    try (TestService service =
        TestService.start(
            "emulated:" + image,
            "loops=1",
            "queue.window=4",
            "queue.transfer=64KiB",
            "block.write_errors=stop")) {
      Client client = service.client(version);
      Client operator = service.client(HttpVersion.HTTP_1_1);
      truncate(image, 8 * MIB);
      byte[] body = Seeded.bytes(3, 48 * MIB);
      HttpClientRequest request =
          client.begin(
              HttpMethod.PUT,
              Client.DATA,
              "Content-Range",
              "bytes " + 16 * MIB + "-" + (64 * MIB - 1) + "/*",
              "Content-Length",
              Integer.toString(body.length));
      Future<Answer> answer =
          request
              .response()
              .compose(
                  r -> r.body().map(b -> new Answer(r.statusCode(), r.headers(), b.getBytes())));
      Future<Void> sent = request.end(Buffer.buffer(body));
      Await.until(
          "the window is full", () -> service.metric("doorbell_block_waiting_requests") == 4);
      assertEquals("stopped", policy(operator).getString("state"));
      assertEquals(4 * (64 << 10), service.metric("doorbell_dma_arena_used_bytes"));
      assertFalse(sent.isComplete(), "the client has to keep the rest");
      assertFalse(answer.isComplete());

      truncate(image, 64 * MIB);
      operator.request(HttpMethod.POST, NAMESPACE + "/resume").expect(204);
      Client.await(answer).expect(204);
      for (int at = 16; at < 64; at += 8) {
        byte[] found =
            client.range((long) at * MIB + "-" + ((at + 8L) * MIB - 1)).expect(206).body();
        assertArrayEquals(
            Arrays.copyOfRange(body, (at - 16) * MIB, (at - 8) * MIB), found, "at " + at);
      }
      assertEquals(1, service.metric("doorbell_namespace_stops_total"));
      service.awaitIdle();
    }
  }

  @Test
  void theEndOfTheServiceDoesNotWaitForAnOperator() throws IOException {
    Path image = directory.resolve("disk.img");
    Files.write(image, new byte[4 * MIB]);
    Future<Answer> read;
    try (TestService service =
        TestService.start("emulated:" + image, "block.read_errors=stop", "shutdown.grace_s=20")) {
      Client client = service.client(HttpVersion.HTTP_2);
      truncate(image, 2 * MIB);
      read =
          client.requestAsync(
              HttpMethod.GET, Client.DATA, new byte[0], "Range", "bytes=3145728-3145828");
      Await.until("it is stopped", () -> service.metric("doorbell_namespace_stopped") == 1);
      truncate(image, 4 * MIB);
      service.stop();
      assertEquals(500, Client.await(read).status());
    }
  }

  @Test
  void adjacentRequestsOfATurnAreMerged() {
    try (TestService service =
        TestService.start("emulated:memory?size=16MiB", "loops=1", "queue.transfer=4KiB")) {
      Client client = service.client(HttpVersion.HTTP_2);
      byte[] body = Seeded.bytes(2, MIB);
      client.put(body, "Content-Range", "bytes 0-1048575/*").expect(204);
      for (int round = 0; round < 200; round++) {
        List<Future<Answer>> reads = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
          String range = i * 8192 + "-" + (i * 8192 + 8191);
          reads.add(
              client.requestAsync(
                  HttpMethod.GET, Client.DATA, new byte[0], "Range", "bytes=" + range));
        }
        for (int i = 0; i < 64; i++) {
          byte[] found = Client.await(reads.get(i)).expect(206).body();
          assertArrayEquals(Arrays.copyOfRange(body, i * 8192, i * 8192 + 8192), found);
        }
        if (service.metric("doorbell_block_merged_total", "operation=\"read\"") > 0) {
          service.awaitIdle();
          return;
        }
      }
      throw new AssertionError("not one read was merged");
    }
  }

  private static JsonObject policy(Client client) {
    return client.get(NAMESPACE + "/policy").expect(200).json();
  }

  private static Answer change(Client client, JsonObject members) {
    return put(client, members.toBuffer()).expect(200);
  }

  private static Answer put(Client client, Buffer body) {
    return Client.await(
        client.requestAsync(HttpMethod.PUT, NAMESPACE + "/policy", body.getBytes()));
  }

  private static long sum(JsonArray latency) {
    return latency.stream().mapToLong(b -> ((JsonObject) b).getLong("count")).sum();
  }

  private static void truncate(Path image, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.truncate(size);
      if (channel.size() < size) {
        channel.write(ByteBuffer.allocate(1), size - 1);
      }
    }
  }
}
