package dev.doorbell.service.http;

import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.zoned.Zone;
import dev.doorbell.nvme.zoned.ZoneReport;
import dev.doorbell.service.block.ZonedDevice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;

/** The zones of a namespace: reports and management actions. */
final class ZoneOperations {
  private static final int DEFAULT_PAGE = 256;

  private ZoneOperations() {}

  static void add(Handlers handlers) {
    handlers.on("listZones", ZoneOperations::list);
    handlers.on("getZone", call -> show(call, zone(call)));
    handlers.on("manageZone", ZoneOperations::manage);
    handlers.on("resetAllZones", ZoneOperations::resetAll);
  }

  private static int zone(Call call) {
    return (int) Target.zone(call.parameter(Target.ZONE_PARAMETER));
  }

  private static Future<Reply> list(Call call) {
    ZonedDevice zones = call.device().zones();
    String state = call.query("state");
    ZoneCondition only = state == null ? null : ZoneCondition.ofLabel(state);
    long from = number(call, "from", 0, 0, zones.info().zones() - 1);
    // One more than is shown tells whether there are more.
    int most =
        (int)
            Math.min(
                number(call, "limit", DEFAULT_PAGE, 1, Integer.MAX_VALUE), zones.reportLimit() - 1);
    Promise<Reply> done = call.begun();
    zones.report(
        (int) from,
        only,
        most + 1,
        (status, report) -> {
          if (status != 0) {
            done.fail(
                Problem.ofDrive("report of zones", status, false).with("lba", 0L).asException());
          } else {
            done.complete(page(call, report, most));
          }
        });
    return done.future();
  }

  private static Reply page(Call call, ZoneReport report, int most) {
    JsonArray zones = new JsonArray();
    List<Zone> found = report.zones();
    found.stream().limit(most).forEach(z -> zones.add(ZoneView.zone(call.namespace(), z)));
    JsonObject body = new JsonObject().put("zones", zones);
    if (found.size() > most) {
      body.put("next", found.get(most).index());
    }
    return Reply.json(body);
  }

  /** A number whose limits the drive sets; the contract knows the others. */
  private static long number(Call call, String name, long fallback, long least, long most) {
    String text = call.query(name);
    if (text == null) {
      return fallback;
    }
    long number = Decimal.parse(text, 0, text.length());
    if (number == Decimal.INVALID || number < least || number > most) {
      throw Problem.of(
              400,
              "Bad Query",
              "%s is '%s'; allowed is a whole number from %d to %d"
                  .formatted(name, text, least, most))
          .asException();
    }
    return number;
  }

  private static Future<Reply> show(Call call, int zone) {
    ZonedDevice zones = call.device().zones();
    Promise<Reply> done = call.begun();
    zones.report(
        zone,
        null,
        1,
        (status, report) -> {
          if (status != 0 || report.zones().isEmpty()) {
            done.fail(
                Problem.ofDrive("report of zone " + zone, status, false)
                    .with("lba", zones.info().start(zone))
                    .asException());
          } else {
            done.complete(Reply.json(ZoneView.zone(call.namespace(), report.zones().get(0))));
          }
        });
    return done.future();
  }

  private static Future<Reply> manage(Call call) {
    int zone = zone(call);
    String label = call.parameter("action");
    // The contract lists them.
    ZoneAction action =
        Arrays.stream(ZoneAction.values()).filter(a -> a.label().equals(label)).findFirst().get();
    ZonedDevice zones = call.device().zones();
    Promise<Void> done = call.begun();
    zones.manage(
        action,
        zone,
        status -> {
          if (status == 0) {
            done.complete();
            return;
          }
          Problem problem =
              Problem.ofDrive(label + " of zone " + zone, status, true)
                  .with("lba", zones.info().start(zone));
          if (problem.status() == 409) {
            ZoneView.describe(call.device(), zone, problem, () -> done.fail(problem.asException()));
          } else {
            done.fail(problem.asException());
          }
        });
    return done.future().compose(v -> show(call, zone));
  }

  private static Future<Reply> resetAll(Call call) {
    Promise<Reply> done = call.begun();
    call.device()
        .zones()
        .manageAll(
            ZoneAction.RESET,
            status -> {
              if (status != 0) {
                done.fail(
                    Problem.ofDrive("reset of all zones", status, true)
                        .with("lba", 0L)
                        .asException());
              } else {
                done.complete(
                    Reply.noContent().with(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE));
              }
            });
    return done.future();
  }
}
