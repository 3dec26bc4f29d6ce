package dev.doorbell.service.http;

import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.zoned.Zone;
import dev.doorbell.nvme.zoned.ZoneReport;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockKind;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.ZonedDevice;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The zones of a namespace: reports, management actions, appends. Checks everything that comes from
 * the client before anything reaches the drive. Belongs to one event loop.
 */
final class ZonesHandler {
  private static final String PREFIX = "/v1/namespaces/";
  private static final String ZONES = "/zones";
  private static final String APPEND = "append";
  private static final String RESET_ALL = "/reset";
  private static final String ALLOW_GET = "GET, HEAD, OPTIONS";
  private static final String ALLOW_POST = "OPTIONS, POST";
  private static final int DEFAULT_PAGE = 256;
  private static final int MAX_PAGE = 1000;

  private static final List<ZoneAction> ACTIONS =
      List.of(
          ZoneAction.OPEN,
          ZoneAction.CLOSE,
          ZoneAction.FINISH,
          ZoneAction.RESET,
          ZoneAction.OFFLINE);

  private final LoopState loop;
  private final IdempotencyStore idempotency;

  /** Actions under way whose clients may ask for them again. */
  private final Map<HttpServerRequest, IdempotencyStore.Ticket> tickets = new IdentityHashMap<>();

  ZonesHandler(LoopState loop, IdempotencyStore idempotency) {
    this.loop = loop;
    this.idempotency = idempotency;
  }

  /** Answers a request if it is about zones; parsed by hand, as appends are the hot path. */
  boolean handles(HttpServerRequest request) {
    String path = request.path();
    if (path == null || !path.startsWith(PREFIX)) {
      return false;
    }
    int end = path.indexOf('/', PREFIX.length());
    if (end < 0 || !path.startsWith(ZONES, end)) {
      return false;
    }
    String rest = path.substring(end + ZONES.length());
    int slash = rest.indexOf('/', 1);
    String action = slash < 0 ? null : rest.substring(slash + 1);
    if (!rest.isEmpty() && !rest.startsWith("/") || action != null && !known(action)) {
      return false;
    }
    String name = path.substring(PREFIX.length(), end);
    BlockDevice device = loop.device(name);
    if (device == null || device.zones() == null) {
      noZones(request, name, device);
    } else if (rest.isEmpty()) {
      resource(request, ALLOW_GET, () -> list(request, device));
    } else if (rest.equals(RESET_ALL)) {
      resource(request, ALLOW_POST, () -> once(request, () -> resetAll(request, device)));
    } else {
      zone(request, device, rest.substring(1, slash < 0 ? rest.length() : slash), action);
    }
    return true;
  }

  private static boolean known(String action) {
    return action.equals(APPEND) || actionOf(action) != null;
  }

  private static ZoneAction actionOf(String label) {
    return ACTIONS.stream().filter(a -> a.label().equals(label)).findFirst().orElse(null);
  }

  private void zone(HttpServerRequest request, BlockDevice device, String number, String action) {
    int zones = device.zones().info().zones();
    long zone = Decimal.parse(number, 0, number.length());
    if (zone == Decimal.INVALID || zone >= zones) {
      refuse(
          request,
          Problem.of(
              404,
              "No Such Zone",
              "there is no zone '%s'; namespace %s has zones 0 to %d"
                  .formatted(number, device.namespace().name(), zones - 1)));
    } else if (action == null) {
      resource(request, ALLOW_GET, () -> get(request, device, (int) zone));
    } else if (action.equals(APPEND)) {
      resource(request, ALLOW_POST, () -> beginAppend(request, device, (int) zone));
    } else {
      ZoneAction what = actionOf(action);
      resource(
          request,
          ALLOW_POST,
          () -> once(request, () -> manage(request, device, what, (int) zone)));
    }
  }

  /** What every resource does with methods; {@code answer} is for those that it is there for. */
  private void resource(HttpServerRequest request, String allow, Runnable answer) {
    HttpMethod method = request.method();
    if (method == HttpMethod.OPTIONS) {
      request.response().putHeader(HttpHeaders.ALLOW, allow).setStatusCode(204).end();
      record(request, 204);
    } else if (allow.equals(ALLOW_POST)
        ? method == HttpMethod.POST
        : method == HttpMethod.GET || method == HttpMethod.HEAD) {
      answer.run();
    } else {
      request.response().putHeader(HttpHeaders.ALLOW, allow);
      refuse(
          request,
          Problem.of(
              405, "Method Not Allowed", method + " is not possible here; allowed: " + allow));
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

  private void list(HttpServerRequest request, BlockDevice device) {
    ZonedDevice zones = device.zones();
    String state = request.getParam("state");
    ZoneCondition only = state == null ? null : ZoneCondition.ofLabel(state);
    long from = number(request, "from", 0);
    long limit = number(request, "limit", DEFAULT_PAGE);
    if (state != null && only == null) {
      badQuery(request, "state", state, "must be one of " + states());
    } else if (from < 0 || from >= zones.info().zones()) {
      String allowed = "must be a zone, 0 to " + (zones.info().zones() - 1);
      badQuery(request, "from", request.getParam("from"), allowed);
    } else if (limit < 1 || limit > MAX_PAGE) {
      badQuery(request, "limit", request.getParam("limit"), "must be 1 to " + MAX_PAGE);
    } else {
      // One more than is shown tells whether there are more.
      int most = (int) Math.min(limit, zones.reportLimit() - 1);
      loop.requestBegan();
      zones.report(
          (int) from,
          only,
          most + 1,
          (status, report) -> reported(request, device, status, report, most));
    }
  }

  private void reported(
      HttpServerRequest request, BlockDevice device, int status, ZoneReport report, int most) {
    if (status != 0) {
      failed(request, Problem.ofDrive("report of zones", status, false).with("lba", 0L));
      return;
    }
    JsonArray zones = new JsonArray();
    List<Zone> found = report.zones();
    found.stream().limit(most).forEach(z -> zones.add(ZoneView.zone(device.namespace(), z)));
    JsonObject body = new JsonObject().put("zones", zones);
    if (found.size() > most) {
      body.put("next", found.get(most).index());
    }
    answer(request, body);
  }

  private void get(HttpServerRequest request, BlockDevice device, int zone) {
    loop.requestBegan();
    show(request, device, zone);
  }

  /** Ends a request that has begun with how a zone is now. */
  private void show(HttpServerRequest request, BlockDevice device, int zone) {
    device
        .zones()
        .report(
            zone,
            null,
            1,
            (status, report) -> {
              if (status != 0 || report.zones().isEmpty()) {
                Problem problem = Problem.ofDrive("report of zone " + zone, status, false);
                failed(request, problem.with("lba", device.zones().info().start(zone)));
              } else {
                answer(request, ZoneView.zone(device.namespace(), report.zones().get(0)));
              }
            });
  }

  private void manage(HttpServerRequest request, BlockDevice device, ZoneAction action, int zone) {
    loop.requestBegan();
    device
        .zones()
        .manage(
            action,
            zone,
            status -> {
              if (status == 0) {
                show(request, device, zone);
                return;
              }
              Problem problem =
                  Problem.ofDrive(action.label() + " of zone " + zone, status, true)
                      .with("lba", device.zones().info().start(zone));
              if (problem.status() == 409) {
                ZoneView.describe(device, zone, problem, () -> failed(request, problem));
              } else {
                failed(request, problem);
              }
            });
  }

  private void resetAll(HttpServerRequest request, BlockDevice device) {
    loop.requestBegan();
    device
        .zones()
        .manageAll(
            ZoneAction.RESET,
            status -> {
              if (status != 0) {
                Problem problem = Problem.ofDrive("reset of all zones", status, true);
                failed(request, problem.with("lba", 0L));
              } else {
                Reply reply =
                    Reply.noContent().with(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
                finish(request, reply);
                if (over(request)) {
                  reply.send(request);
                  record(request, 204);
                }
              }
            });
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
        device == null
            ? Problem.of(
                404,
                "No Such Namespace",
                "there is no namespace '" + name + "'; GET /v1/namespaces lists them")
            : Problem.of(404, "Not Zoned", "namespace " + name + " has no zones"));
  }

  private void badQuery(HttpServerRequest request, String name, String value, String allowed) {
    refuse(request, Problem.of(400, "Bad Query", "%s '%s' %s".formatted(name, value, allowed)));
  }

  private static String states() {
    return Arrays.stream(ZoneCondition.values())
        .map(ZoneCondition::label)
        .collect(Collectors.joining(", "));
  }

  private static long number(HttpServerRequest request, String name, long fallback) {
    String text = request.getParam(name);
    return text == null ? fallback : Decimal.parse(text, 0, text.length());
  }

  private void answer(HttpServerRequest request, JsonObject body) {
    Reply reply = Reply.json(body);
    finish(request, reply);
    if (over(request)) {
      reply.send(request);
      record(request, 200);
    }
  }

  private void failed(HttpServerRequest request, Problem problem) {
    finish(request, problem.reply());
    if (over(request)) {
      refuse(request, problem);
    }
  }

  /** A request that had begun is over; whether there still is somebody to answer. */
  private boolean over(HttpServerRequest request) {
    loop.requestEnded();
    return !request.response().closed();
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
