package dev.doorbell.service.block;

import dev.doorbell.nvme.spec.Status;

/**
 * How a request may end other than as the drive says: values above NVMe's 15 bits and the driver's
 * own. In each case but {@link #STOPPED} after a failure, nothing has been done.
 */
public final class BlockStatus {
  private static final int LAYER = 1 << 16;

  /** No memory, slot or place in a queue became free within the limit. */
  public static final int BUSY = LAYER;

  /** The range is empty, or does not lie within the capacity. */
  public static final int OUT_OF_RANGE = LAYER | 1;

  /** The operation takes whole logical blocks only. */
  public static final int UNALIGNED = LAYER | 2;

  /** Larger than one request of its kind may be. */
  public static final int TOO_LARGE = LAYER | 3;

  /** More ranges than one request may have, or none. */
  public static final int TOO_MANY_SEGMENTS = LAYER | 4;

  /** The namespace is read-only. */
  public static final int READ_ONLY = LAYER | 5;

  /** The drive or this operation has no such command or flag. */
  public static final int UNSUPPORTED = LAYER | 6;

  /** The namespace is stopped after an error, and no more requests may wait for its resumption. */
  public static final int STOPPED = LAYER | 7;

  /** The namespace has gone, or has another block size than before. */
  public static final int UNAVAILABLE = LAYER | 8;

  /** A copy would read blocks that it writes. */
  public static final int OVERLAP = LAYER | 9;

  private BlockStatus() {}

  /** Whether a status is one of these. */
  public static boolean ofLayer(int status) {
    return (status & LAYER) != 0;
  }

  /**
   * Whether the drive itself has refused a request for how its blocks and zones are: they hold
   * something else, are protected or full, or have gone. Who asked has to look again; the drive is
   * well.
   */
  public static boolean conflict(int status) {
    return switch (Status.code(status)) {
      case Status.COMPARE_FAILURE,
          Status.LBA_OUT_OF_RANGE,
          Status.NAMESPACE_WRITE_PROTECTED,
          Status.WRITE_TO_READ_ONLY_RANGE,
          Status.ACCESS_DENIED,
          Status.ZONE_BOUNDARY_ERROR,
          Status.ZONE_IS_FULL,
          Status.ZONE_IS_READ_ONLY,
          Status.ZONE_IS_OFFLINE,
          Status.ZONE_INVALID_WRITE,
          Status.TOO_MANY_ACTIVE_ZONES,
          Status.TOO_MANY_OPEN_ZONES,
          Status.INVALID_ZONE_TRANSITION ->
          !ofLayer(status);
      default -> false;
    };
  }

  /** The name of one of these. */
  public static String name(int status) {
    return switch (status) {
      case BUSY -> "Busy";
      case OUT_OF_RANGE -> "Out Of Range";
      case UNALIGNED -> "Unaligned";
      case TOO_LARGE -> "Too Large";
      case TOO_MANY_SEGMENTS -> "Too Many Segments";
      case READ_ONLY -> "Read Only";
      case UNSUPPORTED -> "Unsupported";
      case STOPPED -> "Stopped";
      case UNAVAILABLE -> "Unavailable";
      case OVERLAP -> "Overlap";
      default -> throw new IllegalArgumentException("no status of the layer: " + status);
    };
  }
}
