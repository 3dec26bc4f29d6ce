package dev.doorbell.service.http;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ErrorRecord;
import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.LogPage;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.drive.Drive;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Log pages of a controller, decoded. */
final class LogsHandler {
  private static final Map<String, Function<Drive, JsonObject>> LOGS =
      new TreeMap<>(
          Map.of(
              "smart",
              LogsHandler::smart,
              "error",
              LogsHandler::errors,
              "firmware",
              LogsHandler::firmware,
              "changed-zones",
              LogsHandler::changedZones,
              "effects",
              LogsHandler::effects));

  private LogsHandler() {}

  static void add(Handlers handlers) {
    handlers.on("listLogs", call -> Dispatch.reply(Reply.json(list(call.drive()))));
    handlers.on("getLog", LogsHandler::log);
  }

  private static JsonArray list(Drive drive) {
    JsonArray all = new JsonArray();
    LOGS.keySet().forEach(log -> all.add("/v1/controllers/" + drive.name() + "/logs/" + log));
    return all;
  }

  private static Future<Reply> log(Call call) {
    String name = call.parameter("log");
    Function<Drive, JsonObject> log = LOGS.get(name);
    ControllerActions.requireLive(call.drive());
    return call.blocking(
        "log %s of %s".formatted(name, call.drive().name()),
        () -> Reply.json(log.apply(call.drive())));
  }

  private static JsonObject smart(Drive drive) {
    return SmartView.of(
        drive.nvme().logs().read(LogPage.SMART, Identify.NSID_ALL, LogPage.SMART_SIZE, true));
  }

  private static JsonObject errors(Drive drive) {
    JsonArray errors = new JsonArray();
    for (ErrorRecord error : drive.nvme().logs().errors()) {
      errors.add(
          new JsonObject()
              .put("number", error.number())
              .put("queue", error.queueId())
              .put("command", error.commandId())
              .put("nsid", Integer.toUnsignedLong(error.namespaceId()))
              .put("lba", error.lba())
              .put("sct", Status.sct(error.status()))
              .put("sc", Status.sc(error.status()))
              .put("status_name", Status.name(error.status())));
    }
    return new JsonObject().put("errors", errors);
  }

  private static JsonObject firmware(Drive drive) {
    JsonArray slots = new JsonArray();
    List<String> revisions = drive.nvme().logs().firmwareSlots();
    for (int i = 0; i < revisions.size(); i++) {
      if (revisions.get(i) != null) {
        slots.add(new JsonObject().put("slot", i + 1).put("revision", revisions.get(i)));
      }
    }
    return new JsonObject()
        .put("running", drive.nvme().info().firmwareRevision())
        .put("slots", slots);
  }

  /** Without taking note of them: they stay to be told to whoever listens for events. */
  private static JsonObject changedZones(Drive drive) {
    JsonArray all = new JsonArray();
    for (BlockNamespace namespace : drive.namespaces()) {
      if (namespace.zoned() != null) {
        all.add(changedZones(drive.nvme(), namespace));
      }
    }
    return new JsonObject().put("namespaces", all);
  }

  private static JsonObject changedZones(NvmeDrive nvme, BlockNamespace namespace) {
    ByteBuffer log =
        nvme.logs().read(ChangedZones.LOG_PAGE, namespace.id(), ChangedZones.SIZE, true);
    int count = ChangedZones.count(log, 0);
    boolean many = count > ChangedZones.MAX_ZONES;
    JsonArray zones = new JsonArray();
    for (int i = 0; i < count && !many; i++) {
      zones.add(ChangedZones.zone(log, 0, i) / namespace.zoned().zoneBlocks());
    }
    return new JsonObject()
        .put("namespace", namespace.name())
        .put("too_many", many)
        .put("zones", zones);
  }

  private static JsonObject effects(Drive drive) {
    int[] effects = drive.nvme().logs().commandEffects();
    return new JsonObject()
        .put("admin", effects(effects, 0))
        .put("io", effects(effects, effects.length / 2));
  }

  /** Of the opcodes that there are: what they may change (NVMe Base 1.4, 5.14.1.5). */
  private static JsonArray effects(int[] effects, int from) {
    JsonArray all = new JsonArray();
    for (int opcode = 0; opcode < effects.length / 2; opcode++) {
      int bits = effects[from + opcode];
      if ((bits & 1) != 0) {
        all.add(
            new JsonObject()
                .put("opcode", "0x%02x".formatted(opcode))
                .put("changes_blocks", (bits & 1 << 1) != 0)
                .put("changes_capabilities", (bits & 0b111 << 2) != 0));
      }
    }
    return all;
  }
}
