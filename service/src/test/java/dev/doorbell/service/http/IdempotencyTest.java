package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that come again. */
class IdempotencyTest {
  private static final String KEY = "Idempotency-Key";
  private static final String NS = "/v1/namespaces/nvme0n1/";

  private static TestService service;
  private static Client client;

  @BeforeAll
  static void start() {
    service =
        TestService.start(
            "emulated:memory?size=1MiB&lba_size=512&zone_size=256KiB",
            "loops=2",
            "emulated.fault_injection=true");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterAll
  static void stop() {
    service.awaitIdle();
    service.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void anAppendThatComesAgainIsNotDoneAgain(HttpVersion version) {
    String key = "append-" + version;
    Answer first = append(version, key, new byte[1024]).expect(200);
    // Another connection, perhaps of another loop.
    Answer second = append(version, key, new byte[1024]).expect(200);
    assertArrayEquals(first.body(), second.body());
    assertEquals("durability=durable", second.header("preference-applied"));
    Answer other = append(version, key + "-other", new byte[1024]).expect(200);
    assertEquals(first.json().getLong("offset") + 1024, other.json().getLong("offset"));
  }

  @Test
  void aKeyIsForOneRequestOnly() {
    append(HttpVersion.HTTP_2, "one", new byte[512]).expect(200);
    append(HttpVersion.HTTP_2, "one", new byte[1024]).problem(422);
    post(NS + "flush", "one", "{}").problem(422);
    client.post(NS + "zones/1/append", new byte[512], KEY, "one").problem(422);
    post(NS + "flush", "two", "{}").expect(204);
    post(NS + "flush", "two", "{ }").problem(422);
    post(NS + "flush", "two", "{}").expect(204);
  }

  @Test
  void appendsAreToldApartByTheirDigestWhereTheyHaveOne() {
    String[] first = {KEY, "digest", "Content-Digest", "sha-256=:AAAA:"};
    String[] second = {KEY, "digest", "Content-Digest", "sha-256=:BBBB:"};
    Answer done = client.post(NS + "zones/2/append", new byte[512], first);
    if (done.status() == 200) {
      client.post(NS + "zones/2/append", new byte[512], second).problem(422);
    } else {
      done.problem(400);
    }
  }

  @Test
  void whileARequestIsUnderWayItsKeyIsTaken() {
    HttpClientRequest slow =
        client.begin(HttpMethod.POST, NS + "zones/0/append", KEY, "slow", "Content-Length", "1024");
    slow.write(Buffer.buffer(new byte[512]));
    Await.until(
        "the append has begun", () -> service.metric("doorbell_http_data_requests_active") == 1);
    post(NS + "flush", "slow", "{}").problem(409);
    Client other = service.client(HttpVersion.HTTP_1_1);
    JsonObject problem =
        other.post(NS + "zones/0/append", new byte[1024], KEY, "slow").problem(409);
    assertEquals("Request In Progress", problem.getString("title"));
    slow.end(Buffer.buffer(new byte[512]));
    assertEquals(200, Client.await(slow.response()).statusCode());
    other.post(NS + "zones/0/append", new byte[1024], KEY, "slow").expect(200);
  }

  @Test
  void whatWasRefusedMayBeAskedForAgain() {
    append(HttpVersion.HTTP_2, "wrong", new byte[100]).problem(400);
    append(HttpVersion.HTTP_2, "wrong", new byte[512]).expect(200);
    post(NS + "flush", "wrong too", "{\"now\": 1}").problem(400);
    post(NS + "flush", "wrong too", "{}").expect(204);
  }

  @Test
  void aFailureIsKeptToo() {
    client
        .send(
            HttpMethod.POST,
            "/v1/controllers/nvme0/faults",
            "{\"fault\": \"fail\", \"sct\": 0, \"sc\": 6}")
        .expect(204);
    JsonObject failed = post(NS + "flush", "failed", "{}").problem(500);
    assertEquals(failed, post(NS + "flush", "failed", "{}").problem(500));
    post(NS + "flush", "not failed", "{}").expect(204);
  }

  @Test
  void anAppendWhoseClientHasGoneBeforeItsEndMayBeSentAgain() {
    HttpClientRequest gone =
        client.begin(HttpMethod.POST, NS + "zones/3/append", KEY, "gone", "Content-Length", "1024");
    gone.write(Buffer.buffer(new byte[512]));
    Await.until(
        "the append has begun", () -> service.metric("doorbell_http_data_requests_active") == 1);
    gone.reset();
    service.awaitIdle();
    JsonObject done =
        client.post(NS + "zones/3/append", new byte[1024], KEY, "gone").expect(200).json();
    assertEquals(1024, done.getInteger("length"));
    assertEquals(3 * (256 << 10), done.getInteger("offset"));
  }

  @Test
  void zoneActionsAndResumptionsHaveKeysToo() {
    client.post(NS + "zones/1/finish", new byte[0], KEY, "finish").expect(200);
    client.post(NS + "zones/1/reset", new byte[0], KEY, "reset").expect(200);
    // Not done again: the zone would be full.
    client.post(NS + "zones/1/finish", new byte[0], KEY, "finish").expect(200);
    assertEquals("empty", client.get(NS + "zones/1").expect(200).json().getString("state"));
    client.post(NS + "zones/1/open", new byte[0], KEY, "finish").problem(422);
    post(NS + "resume", "finish", "").problem(422);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "käy"})
  void aKeyIsPrintable(String key) {
    post(NS + "flush", key, "{}").problem(400);
  }

  @Test
  void answersAreKeptForATimeAndInABound() {
    long[] now = {0};
    IdempotencyStore store = new IdempotencyStore(() -> now[0], 3, 100);
    finish(store, "a", Reply.noContent());
    assertEquals(204, answer(store, "a"));
    now[0] = TimeUnit.HOURS.toNanos(1) - 1;
    assertEquals(204, answer(store, "a"));
    now[0]++;
    finish(store, "a", Reply.noContent());
    // More than three: the oldest goes; those under way stay.
    finish(store, "b", Reply.noContent());
    begin(store, "c");
    begin(store, "d");
    assertEquals(409, answer(store, "c"));
    assertEquals(409, answer(store, "d"));
    assertEquals(204, answer(store, "b"));
    begin(store, "e");
    assertEquals(503, answer(store, "f"));
  }

  @Test
  void answersAreKeptUpToABoundOfBytes() {
    IdempotencyStore store = new IdempotencyStore(() -> 0, 100, 100);
    Reply sixty = Reply.of("text/plain", Buffer.buffer(new byte[60]));
    finish(store, "a", sixty);
    finish(store, "b", sixty);
    assertEquals(200, answer(store, "b"));
    begin(store, "a");
  }

  private static void begin(IdempotencyStore store, String key) {
    assertInstanceOf(IdempotencyStore.Outcome.Do.class, store.begin(key, "same"));
  }

  private static void finish(IdempotencyStore store, String key, Reply reply) {
    ((IdempotencyStore.Outcome.Do) store.begin(key, "same")).ticket().finish(reply, false);
  }

  private static int answer(IdempotencyStore store, String key) {
    var outcome = store.begin(key, "same");
    assertTrue(outcome instanceof IdempotencyStore.Outcome.Answered, "not to be done");
    return ((IdempotencyStore.Outcome.Answered) outcome).reply().status();
  }

  private static Answer append(HttpVersion version, String key, byte[] body) {
    return service.client(version).post(NS + "zones/0/append", body, KEY, key);
  }

  private static Answer post(String path, String key, String body) {
    return client.post(path, body.getBytes(), KEY, key);
  }
}
