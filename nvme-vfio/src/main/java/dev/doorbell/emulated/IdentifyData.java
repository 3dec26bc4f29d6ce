package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.AsyncEvent;
import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.IdentifyNamespace;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.NvmLimits;
import dev.doorbell.nvme.spec.OptionalCommands;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;

/** Fills Identify data structures (NVMe Base 1.4, 5.15). Guarded by the lock of the admin queue. */
final class IdentifyData {
  static final int ABORT_LIMIT = 4;
  static final int ASYNC_EVENT_LIMIT = 4;
  static final String FIRMWARE = "1.0";
  static final int VERSION = 0x10400;

  /** The vendor and subsystem of QEMU's and other virtual devices (Red Hat). */
  private static final int VENDOR_ID = 0x1B36;

  private static final int CNTRLTYPE = 111;
  private static final int CNTRLTYPE_IO = 1;
  private static final int LPA = 261;

  /** Log Page Attributes bit 2: Get Log Page takes 32-bit lengths and offsets. */
  private static final int LPA_EXTENDED_DATA = 1 << 2;

  /** Log Page Attributes bit 1: there is the Commands Supported and Effects log. */
  private static final int LPA_COMMANDS = 1 << 1;

  private static final int ELPE = 262;

  private static final int DEALLOCATE_FEATURES =
      IdentifyNamespace.DLFEAT_READS_ZEROS | IdentifyNamespace.DLFEAT_WRITE_ZEROES_DEALLOCATES;

  private static final int PAGE = 4096;

  private static final int MAX_LISTED = Identify.SIZE / 4;

  private final EmulatedControllerConfig config;
  private final NvmCommands nvm;
  private final IdentifyCommandSets zoned;

  IdentifyData(EmulatedControllerConfig config, NvmCommands nvm) {
    this.config = config;
    this.nvm = nvm;
    this.zoned = new IdentifyCommandSets(nvm);
  }

  /** Fills {@code out}, zeroed and little-endian, with {@link Identify#SIZE} bytes. */
  int fill(int cns, int csi, int nsid, ByteBuffer out) {
    return switch (cns) {
      case Identify.CNS_NAMESPACE -> namespace(nsid, out);
      case Identify.CNS_CONTROLLER -> controller(out);
      case Identify.CNS_ACTIVE_NAMESPACES -> activeNamespaces(nsid, out);
      case Identify.CNS_NAMESPACE_DESCRIPTORS -> descriptors(nsid, out);
      case Identify.CNS_COMMAND_SET_CONTROLLER ->
          csi == IdentifyZoned.CSI_NVM ? limits(out) : zoned.fill(cns, csi, nsid, out);
      case IdentifyZoned.CNS_NAMESPACE, IdentifyZoned.CNS_COMMAND_SETS ->
          zoned.fill(cns, csi, nsid, out);
      default -> Status.INVALID_FIELD | Status.DNR;
    };
  }

  private int namespace(int nsid, ByteBuffer out) {
    Namespace n = nvm.namespace(nsid);
    if (n == null) {
      // One that is valid but not attached reads as zeros (5.15.2.1).
      boolean detached = nsid > 0 && nsid <= nvm.namespaces().limit();
      return detached ? Status.SUCCESS : Status.INVALID_NAMESPACE | Status.DNR;
    }
    IdentifyNamespace.write(
        out, 0, n.blocks, n.blockExponent, n.readOnly, DEALLOCATE_FEATURES, n.eui64());
    // Stores keep pages, and have holes of pages; the longer a transfer, the better.
    int page = Math.max(1, PAGE >>> n.blockExponent);
    IdentifyNamespace.writePreferred(
        out, 0, page, page, Math.min(1 << 16, config.maxTransferBytes() >>> n.blockExponent));
    OptionalFeatures features = config.features();
    if (features.offers(OptionalCommands.ONCS_COPY)) {
      IdentifyNamespace.writeCopyLimits(
          out, 0, features.copyRangeBlocks(), features.copyBlocks(), features.copyRanges());
    }
    return Status.SUCCESS;
  }

  private int controller(ByteBuffer out) {
    int minPage = 4096;
    IdentifyController.write(
        out,
        0,
        new IdentifyController.Fields(
            VENDOR_ID,
            config.serialNumber(),
            config.model(),
            FIRMWARE,
            Integer.numberOfTrailingZeros(config.maxTransferBytes() / minPage),
            1,
            VERSION,
            ABORT_LIMIT,
            ASYNC_EVENT_LIMIT,
            nvm.namespaces().limit(),
            config.features().commands(),
            config.volatileWriteCache(),
            1,
            1,
            "nqn.2026-01.dev.doorbell:" + config.serialNumber().strip()));
    out.put(CNTRLTYPE, (byte) CNTRLTYPE_IO);
    out.put(LPA, (byte) (LPA_EXTENDED_DATA | LPA_COMMANDS));
    out.put(ELPE, (byte) (ErrorLog.ENTRIES - 1));
    OptionalFeatures features = config.features();
    int events =
        AsyncEvent.CONFIG_NAMESPACE_NOTICES
            | (zoned.anyZoned() ? ChangedZones.EVENT_CONFIGURATION : 0);
    IdentifyController.writeOptions(
        out,
        0,
        features.shadowDoorbells() ? OptionalCommands.OACS_DOORBELL_BUFFER : 0,
        events,
        features.compareAndWrite() ? OptionalCommands.FUSES_COMPARE_AND_WRITE : 0,
        features.flushBehaviour());
    return Status.SUCCESS;
  }

  /** The active NSIDs above {@code nsid}, in increasing order (5.15.2.2). */
  private int activeNamespaces(int nsid, ByteBuffer out) {
    if (Integer.compareUnsigned(nsid, 0xFFFFFFFE) >= 0) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    int count = 0;
    for (Namespace n : nvm.namespaces().all()) {
      if (n != null && Integer.compareUnsigned(n.nsid, nsid) > 0 && count < MAX_LISTED) {
        out.putInt(4 * count++, n.nsid);
      }
    }
    return Status.SUCCESS;
  }

  private int limits(ByteBuffer out) {
    OptionalFeatures f = config.features();
    NvmLimits.write(
        out,
        0,
        f.verifySize(),
        f.writeZeroesSize(),
        f.datasetRanges(),
        f.datasetRangeBlocks(),
        f.datasetBlocks());
    return Status.SUCCESS;
  }

  /** Type, length, two reserved bytes, identifier; the list ends with a type of 0 (5.15.2.3). */
  private int descriptors(int nsid, ByteBuffer out) {
    Namespace n = nvm.namespace(nsid);
    if (n == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    out.put(0, (byte) Identify.NIDT_EUI64);
    out.put(1, (byte) 8);
    // Identifiers are big-endian.
    out.putLong(4, Long.reverseBytes(n.eui64()));
    out.put(12, (byte) Identify.NIDT_UUID);
    out.put(13, (byte) 16);
    out.putLong(16, Long.reverseBytes(n.uuid.getMostSignificantBits()));
    out.putLong(24, Long.reverseBytes(n.uuid.getLeastSignificantBits()));
    if (zoned.anyZoned()) {
      // Only where there is more than one command set to tell apart.
      out.put(32, (byte) IdentifyZoned.NIDT_CSI);
      out.put(33, (byte) 1);
      out.put(36, (byte) (n.zones == null ? IdentifyZoned.CSI_NVM : IdentifyZoned.CSI_ZONED));
    }
    return Status.SUCCESS;
  }
}
