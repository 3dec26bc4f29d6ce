package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done to controllers, and what they tell of themselves. */
class ControllersTest {
  private static final String NVME0 = "/v1/controllers/nvme0/";
  private static final String PASS = NVME0 + "passthrough";
  private static final String PASS_IO = "/v1/namespaces/nvme0n1/passthrough";

  private static TestService service;
  private static Client client;

  @BeforeAll
  static void start() {
    service =
        TestService.start(
            "emulated:memory?size=1MiB&lba_size=512",
            "loops=2",
            "api.passthrough=true",
            "emulated.fault_injection=true");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterAll
  static void stop() {
    service.awaitIdle();
    service.close();
  }

  @Test
  void aResetDisturbsNobody() {
    byte[] bytes = Seeded.bytes(1, 4096);
    client.put(bytes, "Content-Range", "bytes 0-4095/*").expect(204);
    double resets = service.metric("doorbell_nvme_resets_total");
    double unknown = service.metric("doorbell_nvme_outcome_unknown_total");
    List<Future<Answer>> reads = new ArrayList<>();
    Client reader = service.client(HttpVersion.HTTP_1_1);
    for (int i = 0; i < 100; i++) {
      reads.add(
          reader.requestAsync(HttpMethod.GET, Client.DATA, new byte[0], "Range", "bytes=0-4095"));
    }
    client.request(HttpMethod.POST, NVME0 + "reset").expect(204);
    for (Future<Answer> read : reads) {
      assertArrayEquals(bytes, Client.await(read).expect(206).body());
    }
    assertEquals(resets + 1, service.metric("doorbell_nvme_resets_total"));
    assertEquals(unknown, service.metric("doorbell_nvme_outcome_unknown_total"));
    assertArrayEquals(bytes, client.range("0-4095").expect(206).body());
  }

  @Test
  void oneResetAtATime() {
    List<Future<Answer>> resets = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      resets.add(client.postAsync(NVME0 + "reset", "{}".getBytes()));
    }
    List<Integer> statuses =
        resets.stream().map(Client::await).map(Answer::status).sorted().toList();
    assertEquals(204, statuses.get(0));
    assertTrue(statuses.stream().allMatch(s -> s == 204 || s == 409), statuses::toString);
    client.range("0-511").expect(206);
  }

  @Test
  void aControllerThatDoesNotComeBackIsUnavailable() {
    try (TestService other =
        TestService.start(TestService.MEMORY_1_MIB, "emulated.fault_injection=true")) {
      Client c = other.client(HttpVersion.HTTP_1_1);
      c.send(HttpMethod.POST, NVME0 + "faults", "{\"fault\": \"disappear\"}").expect(204);
      Answer refused = c.request(HttpMethod.POST, NVME0 + "reset");
      refused.problem(503);
      assertEquals("1", refused.header("retry-after"));
      for (String path : List.of("logs/smart", "features", "features/write-cache")) {
        c.get(NVME0 + path).problem(503);
      }
      c.send(HttpMethod.PUT, NVME0 + "features/write-cache", "{\"enabled\": true}").problem(503);
    }
  }

  @Test
  void theWriteCacheIsTurnedOffAndOn() {
    String path = NVME0 + "features/write-cache";
    JsonObject on = new JsonObject().put("present", true).put("enabled", true);
    JsonObject off = new JsonObject().put("present", true).put("enabled", false);
    assertEquals(on, client.get(path).expect(200).json());
    assertEquals(off, client.send(HttpMethod.PUT, path, "{\"enabled\": false}").expect(200).json());
    assertEquals(off, client.get(path).expect(200).json());
    client.put(new byte[512], "Content-Range", "bytes 0-511/*").expect(204);
    assertEquals(on, client.send(HttpMethod.PUT, path, "{\"enabled\": true}").expect(200).json());
    JsonObject problem = client.send(HttpMethod.PUT, path, "{\"enabled\": 1}").problem(400);
    assertEquals("enabled", problem.getString("member"));
    client.send(HttpMethod.PUT, path, "{}").problem(400);
  }

  @Test
  void smartIsDecodedWithUnits() {
    client.range("0-1048575").expect(206);
    JsonObject smart = client.get(NVME0 + "logs/smart").expect(200).json();
    assertEquals(40, smart.getInteger("temperature_celsius"), smart::encode);
    assertEquals(100, smart.getInteger("available_spare_percent"), smart::encode);
    assertEquals(0, smart.getInteger("critical_warning"), smart::encode);
    assertEquals(new JsonArray(), smart.getJsonArray("warnings"), smart::encode);
    assertTrue(smart.getLong("data_read_bytes") >= 1 << 20, smart::encode);
    assertEquals(0, smart.getLong("data_read_bytes") % 512_000, smart::encode);
    assertTrue(smart.getLong("host_read_commands") > 0, smart::encode);
  }

  @Test
  void logsAreListedAndEachIsThere() {
    JsonArray logs = client.get(NVME0 + "logs").expect(200).jsonArray();
    assertEquals(5, logs.size(), logs::encode);
    logs.forEach(log -> client.get((String) log).expect(200).json());
    assertTrue(
        client.get(NVME0 + "logs/nothing").problem(404).getString("detail").contains("smart"));
    JsonObject firmware = client.get(NVME0 + "logs/firmware").expect(200).json();
    assertEquals(1, firmware.getJsonArray("slots").getJsonObject(0).getInteger("slot"));
    JsonObject effects = client.get(NVME0 + "logs/effects").expect(200).json();
    assertTrue(effects.encode().contains("{\"opcode\":\"0x01\",\"changes_blocks\":true"));
  }

  @Test
  void theErrorLogHasWhatTheDriveRefused() {
    // Get Log Page of a page that there is not.
    JsonObject refused =
        client
            .send(HttpMethod.POST, PASS, "{\"opcode\": 2, \"cdw10\": 983280, \"read_bytes\": 64}")
            .expect(200)
            .json();
    assertEquals(9, refused.getInteger("sc"), refused::encode);
    JsonArray errors = client.get(NVME0 + "logs/error").expect(200).json().getJsonArray("errors");
    assertEquals(0, errors.getJsonObject(0).getInteger("queue"), errors::encode);
    assertEquals(9, errors.getJsonObject(0).getInteger("sc"), errors::encode);
  }

  @Test
  void changedZonesAreToldByNamespace() {
    try (TestService zoned =
        TestService.start("emulated:memory?size=1MiB&lba_size=512&zone_size=256KiB")) {
      JsonObject log =
          zoned.client(HttpVersion.HTTP_2).get(NVME0 + "logs/changed-zones").expect(200).json();
      JsonObject of = log.getJsonArray("namespaces").getJsonObject(0);
      assertEquals("nvme0n1", of.getString("namespace"));
      assertFalse(of.getBoolean("too_many"));
    }
  }

  @Test
  void featuresTellTheirValuesAndDefaults() {
    JsonArray features = client.get(NVME0 + "features").expect(200).jsonArray();
    JsonObject queues =
        features.stream()
            .map(JsonObject.class::cast)
            .filter(f -> f.getString("name").equals("number_of_queues"))
            .findFirst()
            .orElseThrow();
    assertEquals("0x07", queues.getString("id"));
    assertEquals("0x00010001", queues.getString("value"));
  }

  @Test
  void commandsArePassedToTheController() {
    // Identify Controller: the serial number is at 4.
    JsonObject identify =
        client
            .send(HttpMethod.POST, PASS, "{\"opcode\": 6, \"cdw10\": 1, \"read_bytes\": 4096}")
            .expect(200)
            .json();
    assertEquals("Successful Completion", identify.getString("status_name"));
    byte[] data = Base64.getDecoder().decode(identify.getString("data"));
    assertEquals(4096, data.length);
    assertEquals("DOORBELL-NVME0", new String(data, 4, 20).strip());
    JsonObject unknown = client.send(HttpMethod.POST, PASS, "{\"opcode\": 192}").expect(200).json();
    assertEquals("Invalid Command Opcode", unknown.getString("status_name"), unknown::encode);
  }

  @Test
  void commandsArePassedToANamespace() {
    byte[] bytes = Seeded.bytes(9, 512);
    String data = Base64.getEncoder().encodeToString(bytes);
    // Write, then read, one block at 100.
    JsonObject written =
        client
            .send(
                HttpMethod.POST,
                PASS_IO,
                "{\"opcode\": 1, \"cdw10\": 100, \"data\": \"" + data + "\"}")
            .expect(200)
            .json();
    assertEquals(0, written.getInteger("sc"), written::encode);
    assertArrayEquals(bytes, client.range("51200-51711").expect(206).body());
    JsonObject read =
        client
            .send(HttpMethod.POST, PASS_IO, "{\"opcode\": 2, \"cdw10\": 100, \"read_bytes\": 512}")
            .expect(200)
            .json();
    assertEquals(data, read.getString("data"));
    JsonObject past =
        client
            .send(HttpMethod.POST, PASS_IO, "{\"opcode\": 2, \"cdw10\": 5000, \"read_bytes\": 512}")
            .expect(200)
            .json();
    assertEquals("LBA Out of Range", past.getString("status_name"), past::encode);
    assertEquals(
        0, client.send(HttpMethod.POST, PASS_IO, "{\"opcode\": 0}").json().getInteger("sc"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|opcode",
        "{\"opcode\": 256}|opcode",
        "{\"opcode\": 6, \"read_bytes\": 3}|read_bytes",
        "{\"opcode\": 6, \"read_bytes\": 8192}|read_bytes",
        "{\"opcode\": 5, \"read_bytes\": 4}|read_bytes",
        "{\"opcode\": 6, \"data\": \"AAAAAA==\"}|data",
        "{\"opcode\": 1, \"data\": \"AA==\"}|data",
        "{\"opcode\": 0}|opcode",
        "{\"opcode\": 9, \"cdw10\": 6}|cdw10",
      })
  void commandsThatWouldHarmTheServiceOrMakeNoSenseAreRefused(String body, String member) {
    JsonObject problem = client.send(HttpMethod.POST, PASS, body).problem(400);
    assertEquals(member, problem.getString("member"), problem::encode);
  }

  /** Write, Write Zeroes, Dataset Management, one that nobody knows; then what only looks. */
  @Test
  void commandsThatMayChangeANamespaceKeepToReadOnlyAndStop() {
    String[] changing = {
      "{\"opcode\": 1, \"data\": \"" + Base64.getEncoder().encodeToString(new byte[512]) + "\"}",
      "{\"opcode\": 8}",
      "{\"opcode\": 9, \"data\": \"AAAAAAAAAAAAAAAAAAAAAA==\", \"cdw11\": 4}",
      "{\"opcode\": 128}",
    };
    String[] looking = {
      "{\"opcode\": 0}", "{\"opcode\": 2, \"read_bytes\": 512}", "{\"opcode\": 12}"
    };
    String namespace = "/v1/namespaces/nvme0n1/";
    try (TestService other =
        TestService.start(
            TestService.MEMORY_1_MIB,
            "loops=1",
            "api.passthrough=true",
            "emulated.fault_injection=true",
            "block.write_errors=stop")) {
      Client c = other.client(HttpVersion.HTTP_2);
      byte[] bytes = Seeded.bytes(4, 512);
      c.put(bytes, "Content-Range", "bytes 0-511/*").expect(204);
      c.send(HttpMethod.PUT, namespace + "policy", "{\"read_only\": true}").expect(200);
      for (String body : changing) {
        assertEquals(
            "Write Protected",
            c.send(HttpMethod.POST, PASS_IO, body).problem(403).getString("title"));
      }
      for (String body : looking) {
        JsonObject done = c.send(HttpMethod.POST, PASS_IO, body).expect(200).json();
        assertEquals(0, done.getInteger("sc"), done::encode);
      }
      c.send(HttpMethod.PUT, namespace + "policy", "{\"read_only\": false}").expect(200);
      c.send(HttpMethod.POST, NVME0 + "faults", "{\"fault\": \"fail\", \"opcode\": \"write\"}")
          .expect(204);
      Future<Answer> write = c.putAsync(bytes, "Content-Range", "bytes 512-1023/*");
      Await.until("it is stopped", () -> c.get(namespace + "policy").json().containsKey("stop"));
      for (String body : changing) {
        Answer answer = c.send(HttpMethod.POST, PASS_IO, body);
        assertEquals("Namespace Stopped", answer.problem(503).getString("title"));
        assertEquals("1", answer.header("retry-after"));
      }
      for (String body : looking) {
        c.send(HttpMethod.POST, PASS_IO, body).expect(200);
      }
      assertEquals(
          Base64.getEncoder().encodeToString(bytes),
          c.send(HttpMethod.POST, PASS_IO, looking[1]).json().getString("data"));
      c.request(HttpMethod.POST, namespace + "resume").expect(204);
      Client.await(write).expect(204);
      c.send(HttpMethod.POST, PASS_IO, changing[1]).expect(200);
      assertArrayEquals(new byte[512], c.range("0-511").expect(206).body());
      other.awaitIdle();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {PASS, PASS_IO})
  void commandsArePassedOnlyWhereThatIsAllowed(String path) {
    try (TestService other = TestService.start(TestService.MEMORY_1_MIB)) {
      JsonObject problem =
          other
              .client(HttpVersion.HTTP_2)
              .send(HttpMethod.POST, path, "{\"opcode\": 0}")
              .problem(403);
      assertEquals("api.passthrough", problem.getString("key"));
      assertTrue(problem.getString("detail").contains("api.passthrough"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "reset, 'OPTIONS, POST'",
    "passthrough, 'OPTIONS, POST'",
    "features, 'GET, HEAD, OPTIONS'",
    "features/write-cache, 'GET, HEAD, OPTIONS, PUT'",
    "logs, 'GET, HEAD, OPTIONS'",
    "logs/smart, 'GET, HEAD, OPTIONS'",
    "faults, 'DELETE, OPTIONS, POST'",
  })
  void eachResourceKnowsItsMethods(String resource, String allow) {
    assertEquals(
        allow, client.request(HttpMethod.OPTIONS, NVME0 + resource).expect(204).header("allow"));
    assertEquals(
        allow, client.request(HttpMethod.PATCH, NVME0 + resource).expect(405).header("allow"));
    client.request(HttpMethod.OPTIONS, "/v1/controllers/nvme9/" + resource).problem(404);
    if (allow.startsWith("GET")) {
      Answer head = client.request(HttpMethod.HEAD, NVME0 + resource).expect(200);
      assertEquals(0, head.body().length);
    }
  }
}
