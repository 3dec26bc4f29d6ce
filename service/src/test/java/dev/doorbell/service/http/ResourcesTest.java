package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.loop.LoopCounters;
import dev.doorbell.service.loop.LoopPoller;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResourcesTest {
  private static TestService service;
  private static Client client;

  @BeforeAll
  static void start() {
    service =
        TestService.start("emulated:memory?size=1MiB&lba_size=512", "loops=2", "queue.entries=64");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @Test
  void listsControllers() {
    Answer answer = client.get("/v1/controllers").expect(200);
    assertEquals("application/json", answer.header("content-type"));
    JsonArray all = answer.jsonArray();
    assertEquals(1, all.size());
    JsonObject controller = client.get("/v1/controllers/nvme0").expect(200).json();
    assertEquals(all.getJsonObject(0), controller);
    assertEquals("nvme0", controller.getString("name"));
    assertEquals("live", controller.getString("state"));
    assertEquals("emulated", controller.getString("transport"));
    assertEquals(2, controller.getInteger("io_queues"));
    assertEquals(64, controller.getInteger("queue_entries"));
    assertEquals(new JsonArray().add("nvme0n1"), controller.getJsonArray("namespaces"));
  }

  @Test
  void listsNamespaces() {
    JsonArray all = client.get("/v1/namespaces").expect(200).jsonArray();
    assertEquals(1, all.size());
    JsonObject namespace = client.get("/v1/namespaces/nvme0n1").expect(200).json();
    assertEquals(all.getJsonObject(0), namespace);
    assertEquals("nvme0", namespace.getString("controller"));
    assertEquals(1 << 20, namespace.getInteger("capacity_bytes"));
    assertEquals(512, namespace.getInteger("block_size"));
    assertEquals(2048, namespace.getInteger("blocks"));
    assertFalse(namespace.getBoolean("read_only"));
    client.request(HttpMethod.HEAD, namespace.getString("data")).expect(200);
  }

  @Test
  void isLiveAndReady() {
    JsonObject live = client.get("/livez").expect(200).json();
    assertEquals("live", live.getString("status"));
    assertEquals(2, live.getJsonArray("loops").size(), live::encode);
    for (Object loop : live.getJsonArray("loops")) {
      assertTrue(((JsonObject) loop).getBoolean("turning"), live::encode);
      assertTrue(((JsonObject) loop).getLong("turns") > 0, live::encode);
    }
    JsonObject ready = client.get("/readyz").expect(200).json();
    assertEquals("ready", ready.getString("status"));
    assertEquals(new JsonArray(), ready.getJsonArray("reasons"));
    assertEquals("nvme0", ready.getJsonArray("drives").getJsonObject(0).getString("name"));
  }

  /** A drained service keeps no listener, so its answer is asked for where it is made. */
  @Test
  void isLiveButNotReadyWhileItDrains() {
    Vertx vertx = Vertx.vertx();
    ServiceState state = new ServiceState(List.of());
    LoopState loop =
        new LoopState(
            new LoopPoller(),
            Map.of(),
            new HttpLimits(1, true, 0, 1 << 20, 256, 0, 0),
            new HttpCounters(),
            false);
    HttpServer server = vertx.createHttpServer();
    Client.await(
        server
            .requestHandler(new Resources(new Management(vertx, state, loop), () -> "")::handle)
            .listen(0, "127.0.0.1"));
    try (Client c = new Client(server.actualPort(), HttpVersion.HTTP_1_1)) {
      c.get("/readyz").expect(200);
      state.drain();
      Answer answer = c.get("/readyz");
      assertEquals("Draining", answer.problem(503).getString("title"));
      assertEquals("1", answer.header("retry-after"));
      c.get("/livez").expect(200);
    } finally {
      Client.await(vertx.close());
    }
  }

  @Test
  void isNotLiveWhileALoopHangs() {
    Vertx vertx = Vertx.vertx();
    ServiceState state = new ServiceState(List.of());
    List<Runnable> hanging = new CopyOnWriteArrayList<>();
    state.pulse().add("hanging", hanging::add, new LoopCounters());
    state.pulse().add("turning", Runnable::run, new LoopCounters());
    state.pulse().add("gone", new Gone(), new LoopCounters());
    LoopState loop =
        new LoopState(
            new LoopPoller(),
            Map.of(),
            new HttpLimits(1, true, 0, 1 << 20, 256, 0, 0),
            new HttpCounters(),
            false);
    HttpServer server = vertx.createHttpServer();
    Client.await(
        server
            .requestHandler(new Resources(new Management(vertx, state, loop), () -> "")::handle)
            .listen(0, "127.0.0.1"));
    try (Client c = new Client(server.actualPort(), HttpVersion.HTTP_1_1)) {
      JsonObject problem = c.get("/livez").problem(503);
      assertEquals("Not Live", problem.getString("title"));
      assertEquals(2, problem.getJsonArray("reasons").size(), problem::encode);
      assertTrue(problem.getJsonArray("reasons").getString(0).contains("hanging"));
      assertTrue(problem.getJsonArray("loops").getJsonObject(1).getBoolean("turning"));
      assertEquals(1, hanging.size());
    } finally {
      Client.await(vertx.close());
    }
  }

  private static final class Gone implements Executor {
    @Override
    public void execute(Runnable task) {
      throw new RejectedExecutionException();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/v1",
        "/v2/namespaces",
        "/v1/namespaces/nvme0n2",
        "/v1/namespaces/nvme0n2/data",
        "/v1/namespaces//data",
        "/v1/namespaces/nvme0n1/data/",
        "/v1/namespaces/nvme0n1/x/data",
        "/v1/namespaces/../../etc/passwd",
        "/v1/controllers/nvme1",
        "/v1/controllers/%2e%2e",
        "/v1/namespaces/nvme0n1%00/data"
      })
  void whatIsNotThereIsAProblemDocument(String path) {
    JsonObject problem = client.get(path).problem(404);
    assertFalse(problem.getString("detail").isBlank());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/controllers",
        "/v1/controllers/nvme0",
        "/v1/namespaces",
        "/livez",
        "/metrics"
      })
  void resourcesAreToBeRead(String path) {
    for (HttpMethod method : List.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE)) {
      Answer answer = client.request(method, path);
      answer.problem(405);
      assertEquals("GET, HEAD, OPTIONS", answer.header("allow"));
    }
    Answer options = client.request(HttpMethod.OPTIONS, path).expect(204);
    assertEquals("GET, HEAD, OPTIONS", options.header("allow"));
    assertEquals(0, client.request(HttpMethod.HEAD, path).expect(200).body().length);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void headHasTheHeadersOfGetAndNoBody(HttpVersion version) {
    Client c = service.client(version);
    for (String path :
        List.of("/v1/namespaces", "/nowhere", "/v1/namespaces/nvme0n2/data", "/v1/controllers/x")) {
      Answer get = c.get(path);
      Answer head = c.request(HttpMethod.HEAD, path).expect(get.status());
      assertEquals(0, head.body().length, path);
      assertEquals(get.header("content-length"), head.header("content-length"), path);
      assertEquals(get.header("content-type"), head.header("content-type"), path);
    }
  }

  @Test
  void dataIsReadAndWritten() {
    for (HttpMethod method : List.of(HttpMethod.POST, HttpMethod.DELETE)) {
      Answer answer = client.request(method, Client.DATA);
      answer.problem(405);
      assertEquals("GET, HEAD, OPTIONS, PATCH, PUT, QUERY", answer.header("allow"));
    }
    Answer options = client.request(HttpMethod.OPTIONS, Client.DATA).expect(204);
    assertEquals("GET, HEAD, OPTIONS, PATCH, PUT, QUERY", options.header("allow"));
  }

  @Test
  void countsRequestsByMethodAndStatus() {
    String[] labels = {"method=\"GET\"", "code=\"416\""};
    double before = service.metric("doorbell_http_requests_total", labels);
    client.range("9999999-").expect(416);
    Await.until(
        "the refusal is counted",
        () -> service.metric("doorbell_http_requests_total", labels) == before + 1);
    assertTrue(service.metric("doorbell_http_request_duration_seconds_count") > 0);
  }
}
