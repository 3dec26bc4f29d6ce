package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Zones over HTTP: reports, management, appends, and writes at the write pointer. */
class ZonesTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 1 << 20;
  private static final int CAPACITY = 768 << 10;
  private static final String DRIVE =
      "emulated:memory?size=16MiB&zone_size=1MiB&zone_capacity=768KiB&max_open=3&max_active=5"
          + "&zone_append_max=64KiB&descriptor_extension_size=64&offline_zones=1&read_only_zones=1"
          + "&cross_zone_reads=false";
  private static final String ZONES = "/v1/namespaces/nvme0n1/zones";

  private final Random random = new Random(0x5EED_0003L);
  private TestService service;
  private Client client;

  @BeforeEach
  void start() {
    service = TestService.start(DRIVE, "loops=2");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    service.close();
  }

  @Test
  void theNamespaceTellsHowItsZonesAre() {
    JsonObject zoned =
        client.get("/v1/namespaces/nvme0n1").expect(200).json().getJsonObject("zoned");
    assertEquals(16, zoned.getInteger("zones"));
    assertEquals(ZONE, zoned.getInteger("zone_size_bytes"));
    assertEquals(3, zoned.getInteger("max_open_zones"));
    assertEquals(5, zoned.getInteger("max_active_zones"));
    assertEquals(64 << 10, zoned.getInteger("append_max_bytes"));
    assertEquals(64, zoned.getInteger("descriptor_extension_bytes"));
    assertFalse(zoned.getBoolean("reads_across_zones"));
    assertEquals(ZONES, zoned.getString("path"));
  }

  @Test
  void zonesAreListedInPagesAndByState() {
    append(3, BLOCK);
    append(7, BLOCK);
    JsonObject page = client.get(ZONES + "?limit=5").expect(200).json();
    assertEquals(5, page.getJsonArray("zones").size());
    assertEquals(5, page.getInteger("next"));
    page = client.get(ZONES + "?limit=12&from=5").expect(200).json();
    assertEquals(11, page.getJsonArray("zones").size());
    assertNull(page.getValue("next"));
    JsonArray open = list("state=implicitly_open");
    assertEquals(List.of(3, 7), numbers(open));
    assertEquals(3 * ZONE + BLOCK, open.getJsonObject(0).getInteger("write_pointer"));
    assertEquals(List.of(7), numbers(list("state=implicitly_open&from=4")));
    assertEquals(List.of(14), numbers(list("state=read_only")));
    JsonObject offline = list("state=offline").getJsonObject(0);
    assertEquals(15, offline.getInteger("zone"));
    assertFalse(offline.containsKey("write_pointer"));
    page = client.get(ZONES + "?state=empty&limit=3").expect(200).json();
    assertEquals(List.of(0, 1, 2), numbers(page.getJsonArray("zones")));
    assertEquals(4, page.getInteger("next"));
    for (String query : List.of("state=odd", "from=16", "from=-1", "limit=0", "limit=1001")) {
      client.get(ZONES + "?" + query).problem(400);
    }
  }

  @Test
  void zonesAreManaged() {
    assertEquals("explicitly_open", manage(2, "open").expect(200).json().getString("state"));
    assertEquals("closed", manage(2, "close").expect(200).json().getString("state"));
    assertEquals("full", manage(2, "finish").expect(200).json().getString("state"));
    JsonObject problem = manage(2, "open").problem(409);
    assertEquals("Invalid Zone State Transition", problem.getString("title"));
    assertEquals("full", problem.getJsonObject("zone").getString("state"));
    assertEquals("empty", manage(2, "reset").expect(200).json().getString("state"));
    assertEquals("offline", manage(14, "offline").expect(200).json().getString("state"));
    for (int i = 0; i < 3; i++) {
      manage(i, "open").expect(200);
    }
    assertEquals("Too Many Open Zones", manage(3, "open").problem(409).getString("title"));
    assertEquals(
        204, client.request(HttpMethod.POST, ZONES + "/reset").status(), "resets all there are");
    assertEquals(14, list("state=empty").size());
    client.get(ZONES + "/16").problem(404);
    client.get(ZONES + "/x").problem(404);
    manage(16, "open").problem(404);
    client.request(HttpMethod.POST, ZONES + "/1/explode").problem(404);
    assertEquals("OPTIONS, POST", client.get(ZONES + "/1/open").expect(405).header("allow"));
    assertEquals(
        "GET, HEAD, OPTIONS",
        client.request(HttpMethod.DELETE, ZONES + "/1").expect(405).header("allow"));
  }

  @Test
  void anAppendTellsWhereItWent() {
    byte[] first = bytes(BLOCK);
    byte[] second = bytes(5 * BLOCK);
    assertEquals(
        4 * ZONE, client.post(ZONES + "/4/append", first).expect(200).json().getInteger("offset"));
    Answer answer =
        client.post(ZONES + "/4/append", second, "Prefer", "durability=volatile").expect(200);
    assertEquals("durability=volatile", answer.header("preference-applied"));
    assertEquals(4 * ZONE + BLOCK, answer.json().getInteger("offset"));
    assertEquals(second.length, answer.json().getInteger("length"));
    assertArrayEquals(first, read(4 * ZONE, first.length));
    assertArrayEquals(second, read(4 * ZONE + BLOCK, second.length));
    assertEquals(4 * ZONE + 6 * BLOCK, zone(4).getInteger("write_pointer"));
  }

  /** As curl 7.88 does it; see {@link Expectations}. */
  @Test
  void anUpgradeThatWaitsToBeAskedForItsBodyEndsAndMayBeSentAgainWithItsKey() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(
          "POST " + ZONES + "/4/append HTTP/1.1",
          "Expect: 100-continue",
          "Idempotency-Key: k",
          "Content-Length: 4096",
          "Connection: Upgrade, HTTP2-Settings",
          "Upgrade: h2c",
          "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA");
      assertTrue(raw.readHead().startsWith("http/1.1 101 "));
      raw.readToEnd();
    }
    byte[] body = bytes(BLOCK);
    client.post(ZONES + "/4/append", body, "Expect", "something").problem(417);
    Answer answer = client.post(ZONES + "/4/append", body, "Idempotency-Key", "k").expect(200);
    assertEquals(4 * ZONE, answer.json().getInteger("offset"), "nothing was written before");
  }

  /** Whatever a resource does with its body. */
  @Test
  void anUpgradeThatWaitsToBeAskedForTheBodyOfAnActionEndsToo() throws IOException {
    try (RawConnection raw = service.raw()) {
      raw.head(
          "POST /v1/namespaces/nvme0n1/verify HTTP/1.1",
          "Expect: 100-continue",
          "Content-Type: application/json",
          "Content-Length: 50",
          "Connection: Upgrade, HTTP2-Settings",
          "Upgrade: h2c",
          "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA");
      assertTrue(raw.readHead().startsWith("http/1.1 101 "));
      raw.readToEnd();
    }
  }

  @Test
  void aLongBodyIsAppendedInSeveralAndFillsAZone() {
    byte[] body = bytes(CAPACITY);
    JsonObject answer = client.post(ZONES + "/5/append", body).expect(200).json();
    assertEquals(CAPACITY, answer.getInteger("length"));
    assertEquals(
        new JsonArray().add(new JsonObject().put("offset", 5 * ZONE).put("length", CAPACITY)),
        answer.getJsonArray("extents"));
    assertEquals("full", zone(5).getString("state"));
    assertArrayEquals(body, read(5 * ZONE, CAPACITY));
    JsonObject problem = client.post(ZONES + "/5/append", bytes(BLOCK)).problem(409);
    assertEquals("Zone Is Full", problem.getString("title"));
    assertEquals(0, problem.getInteger("bytes_written"));
    assertEquals("full", problem.getJsonObject("zone").getString("state"));
  }

  @Test
  void anAppendThatDoesNotFitTellsWhatDid() {
    append(6, CAPACITY - 80 * 1024);
    JsonObject problem = client.post(ZONES + "/6/append", bytes(128 << 10)).problem(409);
    assertEquals("Zone Boundary Error", problem.getString("title"));
    assertEquals(64 << 10, problem.getInteger("bytes_written"));
    assertEquals(
        6 * ZONE + CAPACITY - 80 * 1024,
        problem.getJsonArray("extents").getJsonObject(0).getInteger("offset"));
    assertEquals(
        6 * ZONE + CAPACITY - 16 * 1024, problem.getJsonObject("zone").getInteger("write_pointer"));
  }

  @Test
  void appendsOfOddLengthsAreRefused() {
    for (int length : new int[] {0, 1, BLOCK - 1, BLOCK + 1}) {
      JsonObject problem = client.post(ZONES + "/1/append", bytes(length)).problem(400);
      assertEquals(0, problem.getInteger("bytes_written"));
      assertEquals(BLOCK, problem.getInteger("block_size"));
    }
    assertEquals("empty", zone(1).getString("state"));
    client.post(ZONES + "/1/append", bytes(BLOCK), "Content-Encoding", "gzip").problem(415);
    assertEquals(
        "Zone Is Read Only",
        client.post(ZONES + "/14/append", bytes(BLOCK)).problem(409).getString("title"));
    assertEquals(
        "Zone Is Offline",
        client.post(ZONES + "/15/append", bytes(BLOCK)).problem(409).getString("title"));
    client.get(Client.DATA, "Range", "bytes=" + 15 * ZONE + "-" + (15 * ZONE + 1)).problem(409);
  }

  @Test
  void aBodyOfUnknownLengthIsAppendedToo() {
    for (HttpVersion version : List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1)) {
      Client own = service.client(version);
      byte[] body = bytes(200 << 10);
      HttpClientRequest request = own.begin(HttpMethod.POST, ZONES + "/8/append");
      request.setChunked(true);
      Future<Answer> answer =
          request
              .response()
              .compose(
                  r -> r.body().map(b -> new Answer(r.statusCode(), r.headers(), b.getBytes())));
      for (int i = 0; i < body.length; i += 1000) {
        request.write(Buffer.buffer(Arrays.copyOfRange(body, i, Math.min(body.length, i + 1000))));
      }
      request.end();
      JsonObject json = Client.await(answer).expect(200).json();
      assertArrayEquals(body, read(json.getInteger("offset"), body.length));
    }
  }

  @Test
  void aClientThatLeavesInTheMiddleTakesNothingWithIt() {
    HttpClientRequest request = client.begin(HttpMethod.POST, ZONES + "/8/append");
    request.setChunked(true);
    Client.await(request.write(Buffer.buffer(bytes(100 << 10))));
    Await.until("the first append is done", () -> zone(8).getInteger("write_pointer") > 8 * ZONE);
    request.reset();
    service.awaitIdle();
    assertEquals(8 * ZONE + (64 << 10), zone(8).getInteger("write_pointer"));
  }

  @Test
  void manyClientsAppendToOneZoneWithoutALock() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(service.client(i % 2 == 0 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1));
    }
    List<Future<Answer>> answers = new ArrayList<>();
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < 160; i++) {
      byte[] body = bytes(BLOCK);
      bodies.add(body);
      answers.add(clients.get(i % clients.size()).postAsync(ZONES + "/9/append", body));
    }
    TreeSet<Integer> places = new TreeSet<>();
    for (int i = 0; i < answers.size(); i++) {
      int offset = Client.await(answers.get(i)).expect(200).json().getInteger("offset");
      places.add(offset);
      assertArrayEquals(bodies.get(i), read(offset, BLOCK));
    }
    assertEquals(160, places.size());
    assertEquals(9 * ZONE + 159 * BLOCK, places.last());
  }

  @Test
  void aPutGoesToTheWritePointerAndNowhereElse() {
    byte[] body = bytes(300 << 10);
    put(10 * ZONE, body).expect(204);
    assertArrayEquals(body, read(10 * ZONE, body.length));
    JsonObject problem = put(10 * ZONE, bytes(BLOCK)).problem(409);
    assertEquals("Zone Invalid Write", problem.getString("title"));
    assertEquals(1, problem.getInteger("sct"));
    assertEquals(0xBC, problem.getInteger("sc"));
    JsonObject zone = problem.getJsonObject("zone");
    assertEquals(10, zone.getInteger("zone"));
    assertEquals("implicitly_open", zone.getString("state"));
    assertEquals(10 * ZONE + body.length, zone.getInteger("write_pointer"));
    put(zone.getInteger("write_pointer"), bytes(BLOCK)).expect(204);
    problem = put(10 * ZONE + body.length + BLOCK, bytes(100)).problem(400);
    assertTrue(problem.getString("detail").contains("a block of a zone"), problem.toString());
  }

  @Test
  void metricsTellOfZones() {
    append(0, BLOCK);
    append(1, 8 * BLOCK);
    manage(2, "open").expect(200);
    manage(3, "finish").expect(200);
    append(4, BLOCK);
    manage(4, "reset").expect(200);
    // Zone 0 had to close when zone 4 was opened.
    assertEquals(1, service.metric("doorbell_zones", "state=\"implicitly_open\""));
    assertEquals(1, service.metric("doorbell_zones", "state=\"closed\""));
    assertEquals(1, service.metric("doorbell_zones", "state=\"full\""));
    assertEquals(16, service.metric("doorbell_zones"));
    assertEquals(2, service.metric("doorbell_zones_open"));
    assertEquals(3, service.metric("doorbell_zones_open_limit"));
    assertEquals(3, service.metric("doorbell_zones_active"));
    assertEquals(5, service.metric("doorbell_zones_active_limit"));
    assertEquals(1, service.metric("doorbell_zone_actions_total", "action=\"reset\""));
    assertEquals(1, service.metric("doorbell_zone_actions_total", "action=\"finish\""));
    assertEquals(3, service.metric("doorbell_zone_append_size_bytes_count"));
    assertEquals(10 * BLOCK, service.metric("doorbell_zone_append_size_bytes_sum"));
    assertEquals(2, service.metric("doorbell_zone_append_size_bytes_bucket", "le=\"4096.0\""));
    assertEquals(3, service.metric("doorbell_block_operations_total", "operation=\"append\""));
  }

  /** An operator who is alarmed by failures of the drive must not be by clients that are wrong. */
  @Test
  void whatAZoneRefusesIsNoFailureOfTheDrive() {
    manage(2, "finish").expect(200);
    client.post(ZONES + "/2/append", bytes(BLOCK)).problem(409);
    client.post(ZONES + "/14/append", bytes(BLOCK)).problem(409);
    put(3 * ZONE + BLOCK, bytes(BLOCK)).problem(409);
    manage(2, "open").problem(409);
    client.post(ZONES + "/1/append", bytes(1)).problem(400);
    JsonObject operations =
        client
            .get("/v1/namespaces/nvme0n1/statistics")
            .expect(200)
            .json()
            .getJsonObject("operations");
    assertEquals(2, operations.getJsonObject("append").getInteger("conflict"));
    assertEquals(1, operations.getJsonObject("append").getInteger("invalid"));
    assertEquals(1, operations.getJsonObject("write").getInteger("conflict"));
    assertEquals(1, operations.getJsonObject("zone_management").getInteger("conflict"));
    assertEquals(1, operations.getJsonObject("zone_management").getInteger("done"));
    assertEquals(0, service.metric("doorbell_block_failures_total"));
    assertEquals(4, service.metric("doorbell_block_conflicts_total"));
    assertEquals(1, service.metric("doorbell_block_invalid_total", "operation=\"append\""));
  }

  @Test
  void theZonesOfAReadOnlyNamespaceStayAsTheyAre() {
    append(4, BLOCK);
    JsonObject readOnly = new JsonObject().put("read_only", true);
    client.send(HttpMethod.PUT, "/v1/namespaces/nvme0n1/policy", readOnly.encode()).expect(200);
    assertEquals("Write Protected", manage(4, "reset").problem(403).getString("title"));
    client.request(HttpMethod.POST, ZONES + "/reset").problem(403);
    client.post(ZONES + "/4/append", bytes(BLOCK)).problem(403);
    assertEquals(4 * ZONE + BLOCK, zone(4).getInteger("write_pointer"));
  }

  @Test
  void aConventionalNamespaceHasNoZones() {
    try (TestService conventional = TestService.start(TestService.MEMORY_1_MIB)) {
      Client other = conventional.client(HttpVersion.HTTP_2);
      assertEquals("Not Zoned", other.get(ZONES).problem(404).getString("title"));
      assertFalse(other.get("/v1/namespaces/nvme0n1").json().containsKey("zoned"));
      assertEquals(0, conventional.metric("doorbell_zones"));
      assertEquals(
          "Not Found", other.get("/v1/namespaces/nvme7n1/zones").problem(404).getString("title"));
    }
  }

  private void append(int zone, int length) {
    client.post(ZONES + "/" + zone + "/append", bytes(length)).expect(200);
  }

  private Answer manage(int zone, String action) {
    return client.request(HttpMethod.POST, ZONES + "/" + zone + "/" + action);
  }

  private Answer put(int offset, byte[] body) {
    return client.put(
        body, "Content-Range", "bytes " + offset + "-" + (offset + body.length - 1) + "/*");
  }

  private JsonObject zone(int zone) {
    return client.get(ZONES + "/" + zone).expect(200).json();
  }

  private JsonArray list(String query) {
    return client.get(ZONES + "?" + query).expect(200).json().getJsonArray("zones");
  }

  private byte[] read(int offset, int length) {
    return client.range(offset + "-" + (offset + length - 1)).expect(206).body();
  }

  private static List<Integer> numbers(JsonArray zones) {
    return zones.stream().map(z -> ((JsonObject) z).getInteger("zone")).toList();
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
