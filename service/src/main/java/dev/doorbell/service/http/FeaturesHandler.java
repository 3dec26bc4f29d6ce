package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.Features;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.drive.Drive;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** Features of a controller: their current and default values, as the controller tells them. */
final class FeaturesHandler {
  private static final Map<Integer, String> NAMES = names();

  private FeaturesHandler() {}

  static void add(Handlers handlers) {
    handlers.on("getFeatures", FeaturesHandler::features);
  }

  private static Future<Reply> features(Call call) {
    ControllerActions.requireLive(call.drive());
    return call.blocking(
        "features of " + call.drive().name(), () -> Reply.json(features(call.drive())));
  }

  private static JsonArray features(Drive drive) {
    JsonArray all = new JsonArray();
    NAMES.forEach(
        (id, name) -> {
          if (id != Feature.VOLATILE_WRITE_CACHE || drive.nvme().info().volatileWriteCache()) {
            feature(drive.nvme().features(), id, name, all);
          }
        });
    return all;
  }

  /** Leaves out one that the controller does not have. */
  private static void feature(Features features, int id, String name, JsonArray all) {
    // Error Recovery is a feature of each namespace; shown is that of the first.
    int nsid = id == Feature.ERROR_RECOVERY ? 1 : 0;
    try {
      all.add(
          new JsonObject()
              .put("id", "0x%02x".formatted(id))
              .put("name", name)
              .put("value", hex(features.get(id, Feature.SELECT_CURRENT, nsid)))
              .put("default", hex(features.get(id, Feature.SELECT_DEFAULT, nsid))));
    } catch (NvmeException e) {
      if (!Status.isError(e.status())) {
        throw e;
      }
    }
  }

  private static String hex(int value) {
    return "0x%08x".formatted(value);
  }

  private static Map<Integer, String> names() {
    Map<Integer, String> names = new LinkedHashMap<>();
    names.put(Feature.ARBITRATION, "arbitration");
    names.put(Feature.POWER_MANAGEMENT, "power_management");
    names.put(Feature.TEMPERATURE_THRESHOLD, "temperature_threshold");
    names.put(Feature.ERROR_RECOVERY, "error_recovery");
    names.put(Feature.VOLATILE_WRITE_CACHE, "volatile_write_cache");
    names.put(Feature.NUMBER_OF_QUEUES, "number_of_queues");
    names.put(Feature.INTERRUPT_COALESCING, "interrupt_coalescing");
    names.put(Feature.WRITE_ATOMICITY, "write_atomicity");
    names.put(Feature.ASYNC_EVENT_CONFIGURATION, "async_event_configuration");
    return names;
  }
}
