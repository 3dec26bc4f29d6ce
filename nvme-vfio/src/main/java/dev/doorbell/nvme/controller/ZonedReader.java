package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyZoned;
import java.nio.ByteBuffer;

/** Finds out which command set a namespace has, and how its zones are (NVMe Base 2.0, 5.17.2). */
final class ZonedReader {
  private static final int DESCRIPTOR_HEAD = 4;

  private final String name;
  private final AdminQueue admin;
  private final boolean commandSets;
  private final int minPageSize;
  private final int maxTransfer;

  /** ZASL as bytes; read with the first zoned namespace. */
  private int appendMax;

  /**
   * @param commandSets whether all I/O command sets are enabled (CC.CSS 110b)
   * @param minPageSize CAP.MPSMIN as bytes
   * @param maxTransfer largest transfer of one command in bytes
   */
  ZonedReader(
      String name, AdminQueue admin, boolean commandSets, int minPageSize, int maxTransfer) {
    this.name = name;
    this.admin = admin;
    this.commandSets = commandSets;
    this.minPageSize = minPageSize;
    this.maxTransfer = maxTransfer;
  }

  /**
   * How the zones of a namespace are.
   *
   * @param blocks of the namespace
   * @param format index of its LBA format
   * @return null for a conventional namespace
   * @throws NamespaceReader.UnusableException if its command set or zones cannot be served
   */
  ZonedInfo read(int nsid, long blocks, int format) {
    int csi = commandSets ? commandSet(nsid) : IdentifyZoned.CSI_NVM;
    if (csi == IdentifyZoned.CSI_NVM) {
      return null;
    }
    String namespace = name + ": namespace " + Integer.toUnsignedString(nsid);
    if (csi != IdentifyZoned.CSI_ZONED) {
      throw new NamespaceReader.UnusableException(
          namespace + " has command set " + csi + "; supported are NVM (0) and Zoned (2)");
    }
    if (appendMax == 0) {
      appendMax = appendMax();
    }
    ByteBuffer data =
        admin.identify(
            "Identify zoned namespace " + nsid,
            nsid,
            IdentifyZoned.CNS_NAMESPACE,
            IdentifyZoned.cdw11(IdentifyZoned.CSI_ZONED));
    long zoneBlocks = IdentifyZoned.zoneBlocks(data, 0, format);
    if (zoneBlocks <= 0 || blocks % zoneBlocks != 0 || blocks / zoneBlocks > Integer.MAX_VALUE) {
      throw new NamespaceReader.UnusableException(
          "%s says that its %d blocks are zones of %s"
              .formatted(namespace, blocks, Long.toUnsignedString(zoneBlocks)));
    }
    return new ZonedInfo(
        (int) (blocks / zoneBlocks),
        zoneBlocks,
        limit(IdentifyZoned.maxOpen(data, 0)),
        limit(IdentifyZoned.maxActive(data, 0)),
        appendMax,
        IdentifyZoned.extensionBytes(data, 0, format),
        IdentifyZoned.readAcrossZones(data, 0));
  }

  /** The command set of CNS 03h, which every controller with more than one must tell. */
  private int commandSet(int nsid) {
    ByteBuffer list =
        admin.identify(
            "Identify namespace descriptors " + nsid, nsid, Identify.CNS_NAMESPACE_DESCRIPTORS);
    int at = 0;
    while (at + DESCRIPTOR_HEAD < Identify.SIZE) {
      int type = list.get(at) & 0xFF;
      int length = list.get(at + 1) & 0xFF;
      if (type == 0) {
        break;
      }
      if (type == IdentifyZoned.NIDT_CSI && length >= 1) {
        return list.get(at + DESCRIPTOR_HEAD) & 0xFF;
      }
      at += DESCRIPTOR_HEAD + length;
    }
    return IdentifyZoned.CSI_NVM;
  }

  private int appendMax() {
    ByteBuffer data =
        admin.identify(
            "Identify controller for zoned namespaces",
            0,
            IdentifyZoned.CNS_CONTROLLER,
            IdentifyZoned.cdw11(IdentifyZoned.CSI_ZONED));
    int exponent = IdentifyZoned.appendLimit(data, 0);
    long bytes = exponent == 0 || exponent > 18 ? maxTransfer : (long) minPageSize << exponent;
    return (int) Math.min(bytes, maxTransfer);
  }

  /** More than an int can count is no limit for so many zones. */
  private static int limit(int count) {
    return Math.max(count, IdentifyZoned.NO_LIMIT);
  }
}
