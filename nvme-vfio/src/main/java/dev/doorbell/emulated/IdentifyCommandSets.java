package dev.doorbell.emulated;

import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;

/**
 * Identify data that is particular to an I/O command set: CNS 05h, 06h and 1Ch (NVMe Base 2.0,
 * 5.17.2). Guarded by the lock of the admin queue.
 */
final class IdentifyCommandSets {
  private static final int MIN_PAGE = 4096;

  private final NvmCommands nvm;

  IdentifyCommandSets(NvmCommands nvm) {
    this.nvm = nvm;
  }

  boolean anyZoned() {
    for (Namespace n : nvm.namespaces().all()) {
      if (n != null && n.zones != null) {
        return true;
      }
    }
    return false;
  }

  int fill(int cns, int csi, int nsid, ByteBuffer out) {
    if (cns == IdentifyZoned.CNS_COMMAND_SETS) {
      // One combination: all that there are.
      out.putLong(
          0, 1L << IdentifyZoned.CSI_NVM | (anyZoned() ? 1L << IdentifyZoned.CSI_ZONED : 0));
      return Status.SUCCESS;
    }
    boolean zoned = csi == IdentifyZoned.CSI_ZONED && anyZoned();
    if (!zoned && csi != IdentifyZoned.CSI_NVM) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if (cns == IdentifyZoned.CNS_CONTROLLER) {
      // All zero for the NVM command set: no limits of its own.
      if (zoned) {
        IdentifyZoned.writeAppendLimit(out, 0, appendLimit());
      }
      return Status.SUCCESS;
    }
    Namespace n = nvm.namespace(nsid);
    if (n == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    if (zoned != (n.zones != null)) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if (zoned) {
      ZoneGeometry g = n.zones.geometry();
      IdentifyZoned.writeNamespace(
          out,
          0,
          g.readsAcrossZones(),
          g.maxActive(),
          g.maxOpen(),
          g.zoneSize(),
          g.extensionBytes());
    }
    return Status.SUCCESS;
  }

  /** ZASL is the controller's: the least of its namespaces' limits; 0 for that of any transfer. */
  private int appendLimit() {
    int exponent = 0;
    for (Namespace n : nvm.namespaces().all()) {
      int bytes = n == null || n.zones == null ? 0 : n.zones.geometry().appendMaxBytes();
      if (bytes > 0) {
        int own = Integer.numberOfTrailingZeros(bytes / MIN_PAGE);
        exponent = exponent == 0 ? own : Math.min(exponent, own);
      }
    }
    return exponent;
  }
}
