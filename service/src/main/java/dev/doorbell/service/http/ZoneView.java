package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.spec.ZoneDescriptor;
import dev.doorbell.nvme.zoned.Zone;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.json.JsonObject;

/** Zones as JSON; all offsets are bytes of the namespace. */
final class ZoneView {
  private ZoneView() {}

  static JsonObject zone(BlockNamespace namespace, Zone zone) {
    int block = namespace.blockSize();
    JsonObject json =
        new JsonObject()
            .put("zone", zone.index())
            .put("state", zone.condition().label())
            .put("offset", zone.start() * block)
            .put("size_bytes", namespace.zoneBytes())
            .put("capacity_bytes", zone.capacity() * block)
            .put("extension_valid", zone.extended())
            .put(
                "finished_by_controller",
                (zone.attributes() & ZoneDescriptor.ATTRIBUTE_FINISHED_BY_CONTROLLER) != 0);
    if (zone.hasWritePointer()) {
      json.put("write_pointer", zone.writePointer() * block);
    }
    return json;
  }

  /** How the zones of a namespace are. */
  static JsonObject zoned(BlockNamespace namespace) {
    ZonedInfo info = namespace.zoned();
    return new JsonObject()
        .put("zones", info.zones())
        .put("zone_size_bytes", namespace.zoneBytes())
        .put("max_open_zones", info.maxOpen())
        .put("max_active_zones", info.maxActive())
        .put("append_max_bytes", info.appendMaxBytes())
        .put("descriptor_extension_bytes", info.extensionBytes())
        .put("reads_across_zones", info.readsAcrossZones())
        .put("path", "/v1/namespaces/" + namespace.name() + "/zones");
  }

  /**
   * Adds to a problem how a zone is now, if the drive tells.
   *
   * @param then sends it
   */
  static void describe(BlockDevice device, int zone, Problem problem, Runnable then) {
    device
        .zones()
        .report(
            zone,
            null,
            1,
            (status, report) -> {
              if (status == 0 && !report.zones().isEmpty()) {
                problem.with("zone", zone(device.namespace(), report.zones().get(0)));
              }
              then.run();
            });
  }
}
