package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.IdentifyNamespace;
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

  private static final int ELPE = 262;
  private static final int VWC = 525;

  /** VWC bits 2:1, 11b: Flush takes the broadcast NSID. */
  private static final int VWC_BROADCAST_FLUSH = 0b11 << 1;

  private static final int MAX_LISTED = Identify.SIZE / 4;

  private final EmulatedControllerConfig config;
  private final NvmCommands nvm;

  IdentifyData(EmulatedControllerConfig config, NvmCommands nvm) {
    this.config = config;
    this.nvm = nvm;
  }

  /** Fills {@code out}, zeroed and little-endian, with {@link Identify#SIZE} bytes. */
  int fill(int cns, int nsid, ByteBuffer out) {
    return switch (cns) {
      case Identify.CNS_NAMESPACE -> namespace(nsid, out);
      case Identify.CNS_CONTROLLER -> controller(out);
      case Identify.CNS_ACTIVE_NAMESPACES -> activeNamespaces(nsid, out);
      case Identify.CNS_NAMESPACE_DESCRIPTORS -> descriptors(nsid, out);
      default -> Status.INVALID_FIELD | Status.DNR;
    };
  }

  private int namespace(int nsid, ByteBuffer out) {
    Namespace n = nvm.namespace(nsid);
    if (n == null) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    IdentifyNamespace.write(out, 0, n.blocks, n.blockExponent, n.readOnly, 0, n.eui64());
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
            config.namespaces().size(),
            0,
            config.volatileWriteCache(),
            1,
            1,
            "nqn.2026-01.dev.doorbell:" + config.serialNumber().strip()));
    out.put(CNTRLTYPE, (byte) CNTRLTYPE_IO);
    out.put(LPA, (byte) LPA_EXTENDED_DATA);
    out.put(ELPE, (byte) (ErrorLog.ENTRIES - 1));
    out.put(VWC, (byte) (out.get(VWC) | VWC_BROADCAST_FLUSH));
    return Status.SUCCESS;
  }

  /** The active NSIDs above {@code nsid}, in increasing order (5.15.2.2). */
  private int activeNamespaces(int nsid, ByteBuffer out) {
    if (Integer.compareUnsigned(nsid, 0xFFFFFFFE) >= 0) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    int count = 0;
    for (Namespace n : nvm.namespaces()) {
      if (Integer.compareUnsigned(n.nsid, nsid) > 0 && count < MAX_LISTED) {
        out.putInt(4 * count++, n.nsid);
      }
    }
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
    return Status.SUCCESS;
  }
}
