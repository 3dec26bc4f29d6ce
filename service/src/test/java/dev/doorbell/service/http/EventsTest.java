package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens, as clients are told of it. */
class EventsTest {
  private static final String EVENTS = "/v1/events";
  private static final String FAULTS = "/v1/controllers/nvme0/faults";

  /** What has come of a stream so far. */
  private static final class Following {
    private final StringBuffer text = new StringBuffer();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final HttpClientResponse response;
    private final HttpClientRequest request;

    Following(Client client, String... headers) {
      request = client.begin(HttpMethod.GET, EVENTS, headers);
      response =
          Client.await(
              request
                  .send()
                  .map(
                      r -> {
                        r.handler(b -> text.append(b.toString(StandardCharsets.UTF_8)));
                        r.endHandler(v -> ended.complete(null));
                        return r;
                      }));
      assertEquals(200, response.statusCode());
      assertEquals("text/event-stream", response.getHeader("content-type"));
      assertEquals("no-store", response.getHeader("cache-control"));
    }

    void await(String what) {
      Await.until("the stream has " + what, () -> text.indexOf(what) >= 0);
    }

    String lastId() {
      String all = text.toString();
      int at = all.lastIndexOf("id: ") + 4;
      return all.substring(at, all.indexOf('\n', at));
    }
  }

  private static TestService start(String... more) {
    String[] settings = new String[more.length + 1];
    settings[0] = "emulated.fault_injection=true";
    System.arraycopy(more, 0, settings, 1, more.length);
    return TestService.start("emulated:memory?size=1MiB&lba_size=512", settings);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void resetsAndRemovalsAreTold(HttpVersion version) {
    try (TestService service = start()) {
      Following following = new Following(service.client(version));
      Client client = service.client(HttpVersion.HTTP_2);
      client.request(HttpMethod.POST, "/v1/controllers/nvme0/reset").expect(204);
      following.await("event: reset\ndata: {\"time\":");
      following.await("\"controller\":\"nvme0\",\"times\":1}\n\n");
      client.send(HttpMethod.POST, FAULTS, "{\"fault\": \"disappear\"}").expect(204);
      following.await("event: removed\n");
    }
  }

  @Test
  void aNamespaceThatIsStoppedAndResumedIsTold() {
    try (TestService service = start("block.write_errors=stop")) {
      Client client = service.client(HttpVersion.HTTP_2);
      Following following = new Following(client);
      client
          .send(
              HttpMethod.POST,
              FAULTS,
              "{\"fault\": \"fail\", \"opcode\": \"write\", \"sct\": 2, \"sc\": 128}")
          .expect(204);
      var write = client.putAsync(new byte[512], "Content-Range", "bytes 1024-1535/*");
      following.await("event: stopped\n");
      following.await("\"namespace\":\"nvme0n1\",\"operation\":\"write\",\"offset\":1024,");
      client.request(HttpMethod.POST, "/v1/namespaces/nvme0n1/resume").expect(204);
      Client.await(write).expect(204);
      following.await("event: resumed\n");
    }
  }

  @Test
  void whoComesBackIsToldWhatItMissed() {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_2);
      Following first = new Following(client);
      client.request(HttpMethod.POST, "/v1/controllers/nvme0/reset").expect(204);
      first.await("event: reset\n");
      String seen = first.lastId();
      first.request.reset();
      client.request(HttpMethod.POST, "/v1/controllers/nvme0/reset").expect(204);
      Following second = new Following(client, "Last-Event-ID", seen);
      second.await("event: reset\n");
      assertTrue(!second.lastId().equals(seen), "only what came after " + seen);
      assertEquals(second.text.indexOf("event: "), second.text.lastIndexOf("event: "));
      // Of another run of the service: all that is known.
      Following other = new Following(client, "Last-Event-ID", "other-7");
      other.await("id: " + second.lastId());
      assertTrue(other.text.indexOf("id: " + seen) >= 0, other.text::toString);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aQuietStreamShowsThatItIsAlive(HttpVersion version) {
    try (TestService service = start("api.event_heartbeat_s=1")) {
      new Following(service.client(version)).await("\n: still here\n\n");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void theEndOfTheServiceEndsTheStream(HttpVersion version) {
    try (TestService service = start()) {
      Following following = new Following(service.client(version));
      service.stop();
      following.await("event: end\ndata: {\"reason\":\"the service ends\"}\n\n");
      following.ended.join();
    }
  }

  @Test
  void onlySoManyFollow() {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_2);
      for (int i = 0; i < 64; i++) {
        new Following(client);
      }
      client.get(EVENTS).problem(503);
      client.request(HttpMethod.HEAD, EVENTS).expect(200);
      assertEquals(
          "GET, HEAD, OPTIONS",
          client.request(HttpMethod.OPTIONS, EVENTS).expect(204).header("allow"));
      client.request(HttpMethod.POST, EVENTS).problem(405);
    }
  }
}
