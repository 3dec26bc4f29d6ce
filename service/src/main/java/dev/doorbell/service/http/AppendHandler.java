package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Appends to the zones of a namespace. Checks everything that comes from the client before anything
 * reaches the drive. Belongs to one event loop.
 */
final class AppendHandler {
  private static final String PREFIX = "/v1/namespaces/";
  private static final String ZONES = "/zones/";
  private static final String APPEND = "/append";
  private static final String ALLOW = "OPTIONS, POST";

  private final LoopState loop;
  private final IdempotencyStore idempotency;

  /** Actions under way whose clients may ask for them again. */
  private final Map<HttpServerRequest, IdempotencyStore.Ticket> tickets = new IdentityHashMap<>();

  AppendHandler(LoopState loop, IdempotencyStore idempotency) {
    this.loop = loop;
    this.idempotency = idempotency;
  }

  /** Answers a request if it is to a zone's appends; parsed by hand, being the hot path. */
  boolean handles(HttpServerRequest request) {
    String path = request.path();
    if (path == null || !path.startsWith(PREFIX) || !path.endsWith(APPEND)) {
      return false;
    }
    int end = path.indexOf('/', PREFIX.length());
    int from = end + ZONES.length();
    int to = path.length() - APPEND.length();
    if (end < 0 || !path.startsWith(ZONES, end) || from >= to || path.indexOf('/', from) != to) {
      return false;
    }
    String name = path.substring(PREFIX.length(), end);
    BlockDevice device = loop.device(name);
    if (device == null || device.zones() == null) {
      noZones(request, name, device);
    } else {
      zone(request, device, path.substring(from, to));
    }
    return true;
  }

  private void zone(HttpServerRequest request, BlockDevice device, String number) {
    int zones = device.zones().info().zones();
    long zone = Decimal.parse(number, 0, number.length());
    HttpMethod method = request.method();
    if (zone == Decimal.INVALID || zone >= zones) {
      refuse(request, Target.noSuchZone(device.namespace(), number, zones));
    } else if (method == HttpMethod.OPTIONS) {
      request.response().putHeader(HttpHeaders.ALLOW, ALLOW).setStatusCode(204).end();
      record(request, 204);
    } else if (method == HttpMethod.POST) {
      beginAppend(request, device, (int) zone);
    } else {
      request.response().putHeader(HttpHeaders.ALLOW, ALLOW);
      refuse(request, Problem.methodNotAllowed(method, ALLOW));
    }
  }

  /**
   * Does an action, unless a request with its key has done so. The body of an append is not here
   * when it begins: it is told apart by its digest, or else by its length.
   */
  private void once(HttpServerRequest request, Runnable action) {
    String key = request.headers().get(Dispatch.KEY);
    if (key == null) {
      action.run();
      return;
    }
    String digest = request.headers().get("Content-Digest");
    String body = digest != null ? digest : request.headers().get(HttpHeaders.CONTENT_LENGTH);
    String fingerprint = request.method() + " " + request.uri() + " " + body;
    IdempotencyStore.Outcome outcome = idempotency.begin(key, fingerprint);
    if (outcome instanceof IdempotencyStore.Outcome.Answered answered) {
      answered.reply().send(request);
      record(request, answered.reply().status());
    } else if (outcome instanceof IdempotencyStore.Outcome.Do it) {
      tickets.put(request, it.ticket());
      action.run();
    }
  }

  private void finish(HttpServerRequest request, Reply reply) {
    IdempotencyStore.Ticket ticket = tickets.remove(request);
    if (ticket != null) {
      ticket.finish(reply, false);
    }
  }

  /** What the client expects comes before its key: it may ask again without, with the same key. */
  private void beginAppend(HttpServerRequest request, BlockDevice device, int zone) {
    if (Expectations.met(loop, request)) {
      once(request, () -> append(request, device, zone));
    }
  }

  private void append(HttpServerRequest request, BlockDevice device, int zone) {
    BlockNamespace namespace = device.namespace();
    String encoding = request.headers().get(HttpHeaders.CONTENT_ENCODING);
    long length = DataHandler.contentLength(request);
    long most = loop.limits().maxWrite();
    if (namespace.readOnly()) {
      refuseAppend(
          request,
          device,
          Problem.of(
              403, "Write Protected", "namespace " + namespace.name() + " is write protected"));
    } else if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      refuse(
          request,
          Problem.of(
              415,
              "Content Encoding Not Supported",
              "a body encoded as '%s' would land on the drive as it is; send it without encoding"
                  .formatted(encoding)));
    } else if (length == 0 || length > 0 && !namespace.aligned(0, length)) {
      refuseAppend(request, device, AppendStream.notWholeBlocks(namespace, length, 0));
    } else if (most > 0 && length > most) {
      refuseAppend(request, device, AppendStream.tooLarge(length, most));
    } else {
      if (request.headers().contains(HttpHeaders.EXPECT)) {
        request.response().writeContinue();
      }
      boolean durable = Preferences.of(request).durable();
      new AppendStream(loop, request, device, zone, length, durable, tickets.remove(request))
          .start();
    }
  }

  /** For what the namespace is, so that it counts among the requests of the block layer. */
  private void refuseAppend(HttpServerRequest request, BlockDevice device, Problem problem) {
    device.refused(BlockKind.APPEND);
    refuse(request, problem);
  }

  private void noZones(HttpServerRequest request, String name, BlockDevice device) {
    refuse(
        request,
        device == null ? Target.noSuchNamespace(name) : Target.notZoned(device.namespace()));
  }

  private void refuse(HttpServerRequest request, Problem problem) {
    finish(request, problem.reply());
    problem.send(request);
    record(request, problem.status());
  }

  private void record(HttpServerRequest request, int status) {
    loop.counters().record(request.method().name(), status, 0);
  }
}
