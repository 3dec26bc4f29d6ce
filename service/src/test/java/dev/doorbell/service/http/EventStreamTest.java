package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.events.Event;
import dev.doorbell.service.events.EventLog;
import dev.doorbell.service.loop.LoopPoller;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  @Test
  void aClientThatDoesNotReadIsLetGoAndToldSo() {
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
    try (Client client = new Client(server.actualPort(), HttpVersion.HTTP_2)) {
      HttpClientRequest request = client.begin(HttpMethod.GET, "/v1/events");
      StringBuffer text = new StringBuffer();
      HttpClientResponse response =
          Client.await(
              request
                  .send()
                  .map(
                      r -> {
                        r.pause();
                        r.handler(b -> text.append(b));
                        return r;
                      }));
      String large = "x".repeat(4096);
      // More than the windows hold, and then more than may wait.
      for (int i = 0; i < 2000; i++) {
        state.events().happened("test", "member", large);
      }
      Await.until("the stream has been given up", () -> followersLeft(state) == 64);
      response.resume();
      Await.until("the end has come", () -> text.indexOf("event: dropped\n") > 0);
      assertTrue(text.indexOf("more than 256 events wait") > 0);
    } finally {
      Client.await(vertx.close());
    }
  }

  /** How many more may follow, found out by trying. */
  private static int followersLeft(ServiceState state) {
    var log = state.events();
    ArrayList<EventLog.Follower> tried = new ArrayList<>();
    var follower = new Nobody();
    while (log.follow(follower, -1) != null) {
      tried.add(follower);
      follower = new Nobody();
    }
    tried.forEach(log::leave);
    return tried.size();
  }

  private static final class Nobody implements EventLog.Follower {
    @Override
    public void happened(Event event) {}

    @Override
    public void ended() {}
  }
}
