package dev.doorbell.service.http;

import dev.doorbell.service.events.Event;
import dev.doorbell.service.events.EventLog;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The events of one client. What the client does not take yet waits, up to a bound; then it is told
 * that it was too slow, and let go. Belongs to its loop's thread, but for {@link #happened} and
 * {@link #ended}.
 */
final class EventStream implements EventLog.Follower {
  private static final int MOST_WAITING = 256;

  private final Management management;
  private final Context context;
  private final HttpServerResponse response;
  private final ArrayDeque<String> waiting = new ArrayDeque<>();
  private final long heartbeat;
  private boolean quiet;
  private boolean over;

  EventStream(Management management, HttpServerResponse response) {
    this.management = management;
    this.context = management.vertx().getOrCreateContext();
    this.response = response;
    this.heartbeat =
        management.vertx().setPeriodic(management.state().rules().heartbeatMillis(), id -> beat());
  }

  /** Begins with what the client has missed. */
  void begin(EventLog.Missed missed) {
    response.exceptionHandler(e -> leave());
    response.closeHandler(v -> leave());
    response.drainHandler(v -> drain());
    // At once, so that the client knows that it is connected.
    send(": doorbell\n\n");
    if (missed.lost() > 0) {
      send(text(null, "missed", new JsonObject().put("events", missed.lost())));
    }
    missed.events().forEach(e -> send(text(e)));
  }

  @Override
  public void happened(Event event) {
    context.runOnContext(v -> send(text(event)));
  }

  @Override
  public void ended() {
    context.runOnContext(v -> finish("end", "the service ends"));
  }

  private void send(String text) {
    if (over) {
      return;
    }
    quiet = false;
    if (waiting.isEmpty() && !response.writeQueueFull()) {
      response.write(text);
    } else if (waiting.size() < MOST_WAITING) {
      waiting.add(text);
    } else {
      finish("dropped", "more than " + MOST_WAITING + " events wait for this client");
    }
  }

  private void drain() {
    while (!over && !waiting.isEmpty() && !response.writeQueueFull()) {
      response.write(waiting.remove());
    }
  }

  /** A comment, where nothing else shows that the stream is alive. */
  private void beat() {
    if (!over && quiet && waiting.isEmpty() && !response.writeQueueFull()) {
      response.write(": still here\n\n");
    }
    quiet = true;
  }

  private void finish(String type, String why) {
    if (!over) {
      leave();
      waiting.forEach(response::write);
      waiting.clear();
      response.end(text(null, type, new JsonObject().put("reason", why)));
    }
  }

  private void leave() {
    if (!over) {
      over = true;
      management.vertx().cancelTimer(heartbeat);
      management.state().events().leave(this);
    }
  }

  private static String text(Event event) {
    JsonObject data = new JsonObject().put("time", event.time().toString());
    event
        .members()
        .forEach((name, value) -> data.put(name, value instanceof List<?> l ? array(l) : value));
    return text(EventsHandler.id(event), event.type(), data);
  }

  private static JsonArray array(List<?> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }

  private static String text(String id, String type, JsonObject data) {
    return (id == null ? "" : "id: " + id + "\n")
        + "event: "
        + type
        + "\ndata: "
        + data.encode()
        + "\n\n";
  }
}
