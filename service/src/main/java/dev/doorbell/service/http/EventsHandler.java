package dev.doorbell.service.http;

import dev.doorbell.service.events.Event;
import dev.doorbell.service.events.EventLog;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What happens, as a stream of server-sent events (HTML Standard, 9.2). An event's id is that of
 * this run of the service and its number, so that {@code Last-Event-ID} of an earlier run is not
 * taken for one of this.
 */
final class EventsHandler {
  /** Apart from those of other runs. */
  static final String RUN = Long.toHexString(ThreadLocalRandom.current().nextLong() >>> 16);

  private static final String LAST_EVENT_ID = "Last-Event-ID";

  private final Management management;

  EventsHandler(Management management) {
    this.management = management;
  }

  void follow(RoutingContext context) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = request.response();
    if (request.method() == HttpMethod.HEAD) {
      head(response);
      response.end();
      return;
    }
    String last = request.getHeader(LAST_EVENT_ID);
    long seen = last == null ? -1 : number(last);
    EventStream stream = new EventStream(management, response);
    EventLog.Missed missed = management.state().events().follow(stream, seen);
    if (missed == null) {
      Problem.of(
              503, "Service Unavailable", "too many clients follow the events, or the service ends")
          .send(request);
      return;
    }
    head(response);
    response.setChunked(true);
    stream.begin(missed);
  }

  private static void head(HttpServerResponse response) {
    response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream");
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
  }

  /** The id of an event as the client sees it. */
  static String id(Event event) {
    return RUN + "-" + event.number();
  }

  /** The number in an id; 0, which is before all events, if it is none of this run. */
  private static long number(String id) {
    if (!id.startsWith(RUN + "-")) {
      return 0;
    }
    long number = Decimal.parse(id, RUN.length() + 1, id.length());
    return number == Decimal.INVALID ? 0 : number;
  }
}
