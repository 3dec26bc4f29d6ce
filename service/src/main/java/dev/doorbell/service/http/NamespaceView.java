package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.ControllerInfo;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.drive.Drive;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Controllers and namespaces as JSON. */
final class NamespaceView {
  private NamespaceView() {}

  static JsonObject controller(Drive drive) {
    ControllerInfo info = drive.nvme().info();
    JsonArray names = new JsonArray();
    drive.namespaces().forEach(n -> names.add(n.name()));
    return new JsonObject()
        .put("name", info.name())
        .put("state", drive.state())
        .put("transport", info.transport())
        .put("device", info.device())
        .put("model", info.modelNumber())
        .put("serial", info.serialNumber())
        .put("firmware", info.firmwareRevision())
        .put("subsystem_nqn", info.subsystemName())
        .put("vendor_id", "0x%04x".formatted(info.vendorId()))
        .put("nvme_version", info.version())
        .put("volatile_write_cache", info.volatileWriteCache())
        .put("max_transfer_bytes", info.maxTransferBytes())
        .put("io_queues", info.ioQueues())
        .put("queue_entries", info.queueEntries())
        .put("interrupt_vectors", info.interruptVectors())
        .put("namespaces", names);
  }

  static JsonObject namespace(BlockNamespace namespace) {
    NamespaceInfo info = namespace.info();
    ControllerInfo controller = namespace.controller();
    JsonObject json =
        new JsonObject()
            .put("name", namespace.name())
            .put("controller", controller.name())
            .put("nsid", info.id())
            .put("capacity_bytes", namespace.capacity())
            .put("blocks", info.blocks())
            .put("block_size", info.blockSize())
            .put("max_transfer_bytes", controller.maxTransferBytes())
            .put("transfer_bytes", namespace.transfer())
            .put("atomic_write_power_fail_blocks", controller.atomicWriteUnitPowerFail())
            .put("read_only", namespace.readOnly())
            .put("volatile_write_cache", controller.volatileWriteCache())
            .put("serial", controller.serialNumber())
            .put("data", "/v1/namespaces/" + namespace.name() + "/data");
    if (namespace.zoned() != null) {
      json.put("zoned", ZoneView.zoned(namespace));
    }
    BlockView.configuration(json, namespace);
    if (info.eui64() != 0) {
      json.put("eui64", "%016x".formatted(info.eui64()));
    }
    return json;
  }
}
