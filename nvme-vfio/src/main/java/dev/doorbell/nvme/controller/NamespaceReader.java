package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyNamespace;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Finds a controller's active namespaces and checks that the driver can serve them. */
final class NamespaceReader {
  private static final int LIST_ENTRIES = Identify.SIZE / Integer.BYTES;

  private final String name;
  private final AdminQueue admin;
  private final int pageSize;
  private final ZonedReader zoned;

  /**
   * @param zoned reads what is particular to command sets
   */
  NamespaceReader(String name, AdminQueue admin, int pageSize, ZonedReader zoned) {
    this.name = name;
    this.admin = admin;
    this.pageSize = pageSize;
    this.zoned = zoned;
  }

  /**
   * Reads the active namespaces. One that cannot be served is no reason to refuse the others.
   *
   * @param limit the controller's NN
   * @throws NvmeException if the controller gives no answer
   */
  Namespaces readAll(int limit) {
    Namespaces.Builder namespaces = new Namespaces.Builder();
    for (int nsid : activeIds(limit)) {
      try {
        NamespaceInfo info = read(nsid);
        if (info != null) {
          namespaces.add(info);
        }
      } catch (UnusableException e) {
        namespaces.refuse(nsid, e.getMessage());
      } catch (NvmeException e) {
        if (!Status.isError(e.status())) {
          throw e;
        }
        namespaces.refuse(nsid, e.getMessage());
      }
    }
    return namespaces.build(name);
  }

  /** The list of CNS 02h; a controller older than NVMe 1.1 has none, then every NSID is tried. */
  private List<Integer> activeIds(int limit) {
    List<Integer> ids = new ArrayList<>();
    try {
      int last = 0;
      while (true) {
        ByteBuffer list =
            admin.identify("Identify active namespaces", last, Identify.CNS_ACTIVE_NAMESPACES);
        for (int i = 0; i < LIST_ENTRIES; i++) {
          int nsid = list.getInt(i * Integer.BYTES);
          if (nsid == 0) {
            return ids;
          }
          if (Integer.compareUnsigned(nsid, last) <= 0) {
            throw new NvmeException(
                "%s: the active namespace list is not ascending: %d after %d"
                    .formatted(name, Integer.toUnsignedLong(nsid), Integer.toUnsignedLong(last)));
          }
          ids.add(nsid);
          last = nsid;
        }
      }
    } catch (NvmeException e) {
      if (Status.code(e.status()) != Status.INVALID_FIELD) {
        throw e;
      }
      for (int nsid = 1; nsid <= limit && nsid <= LIST_ENTRIES; nsid++) {
        ids.add(nsid);
      }
      return ids;
    }
  }

  private NamespaceInfo read(int nsid) {
    ByteBuffer data = admin.identify("Identify namespace " + nsid, nsid, Identify.CNS_NAMESPACE);
    long blocks = IdentifyNamespace.size(data, 0);
    if (blocks == 0) {
      return null;
    }
    int exponent = IdentifyNamespace.lbaExponent(data, 0);
    int metadata = IdentifyNamespace.metadataSize(data, 0);
    if (metadata != 0) {
      throw new UnusableException(
          ("%s: namespace %s carries %d bytes of metadata with each block, which this driver does"
                  + " not support; format it with an LBA format without metadata")
              .formatted(name, Integer.toUnsignedString(nsid), metadata));
    }
    if (exponent < 9 || exponent > 30 || 1 << exponent > pageSize) {
      throw new UnusableException(
          "%s: namespace %s has blocks of 2^%d bytes; supported are 512 to %d bytes"
              .formatted(name, Integer.toUnsignedString(nsid), exponent, pageSize));
    }
    if (blocks < 0 || blocks > Long.MAX_VALUE >> exponent) {
      throw new UnusableException(
          "%s: namespace %s says it has %s blocks, more than 2^63 bytes"
              .formatted(name, Integer.toUnsignedString(nsid), Long.toUnsignedString(blocks)));
    }
    return new NamespaceInfo(
        nsid,
        blocks,
        1 << exponent,
        IdentifyNamespace.writeProtected(data, 0),
        IdentifyNamespace.deallocateFeatures(data, 0),
        IdentifyNamespace.eui64(data, 0),
        IdentifyNamespace.preferredWriteBlocks(data, 0),
        IdentifyNamespace.preferredDeallocateBlocks(data, 0),
        IdentifyNamespace.optimalWriteBlocks(data, 0),
        IdentifyNamespace.copyRangeBlocks(data, 0),
        IdentifyNamespace.copyBlocks(data, 0),
        IdentifyNamespace.copyRanges(data, 0),
        zoned.read(nsid, blocks, IdentifyNamespace.lbaFormatIndex(data, 0)));
  }

  /** The driver cannot serve a namespace; the message says why. */
  static final class UnusableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message, null, false, false);
    }
  }
}
