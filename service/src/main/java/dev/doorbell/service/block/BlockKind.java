package dev.doorbell.service.block;

/** What a request does; the order is the id of its counters. */
public enum BlockKind {
  READ,
  WRITE,
  FLUSH,
  /** To a zone, which says where the data went. */
  APPEND,
  /** Blocks are no longer needed. */
  DISCARD,
  WRITE_ZEROES,
  /** The drive reads blocks without handing them over. */
  VERIFY,
  COMPARE,
  /** Opens, closes, finishes, resets zones, or takes them offline. */
  ZONE_MANAGEMENT,
  /** From place to place on the drive, which moves the data itself. */
  COPY,
  /** Of bytes, if they are what somebody thinks they are. */
  COMPARE_AND_WRITE;

  /** Label value in metrics, member name in statistics. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * Whether commands change blocks, so that others must not be merged with what they held before. A
   * compare-and-write sees to that itself: it holds its range.
   */
  boolean changesBlocks() {
    return this == WRITE || this == DISCARD || this == WRITE_ZEROES || this == COPY;
  }

  /** Whether as many bytes as the range has go between memory and drive. */
  boolean movesData() {
    return this == READ
        || this == WRITE
        || this == APPEND
        || this == COMPARE
        || this == COMPARE_AND_WRITE;
  }

  /** Whether it brings bytes that may be in the drive's cache when it has ended. */
  boolean writesData() {
    return this == WRITE
        || this == APPEND
        || this == WRITE_ZEROES
        || this == COPY
        || this == COMPARE_AND_WRITE;
  }

  /** Whether a namespace that is read-only refuses it. */
  boolean changesNamespace() {
    return changesBlocks()
        || this == APPEND
        || this == ZONE_MANAGEMENT
        || this == COMPARE_AND_WRITE;
  }

  /** Whether only a zoned namespace has it. */
  public boolean ofZones() {
    return this == APPEND || this == ZONE_MANAGEMENT;
  }

  /**
   * Whether a request that has been done may be done again: not where it would be there twice, or
   * find what it has written itself.
   */
  boolean mayBeRepeated() {
    return this != APPEND && this != COMPARE_AND_WRITE;
  }

  /**
   * Whether a failure can be passed off as a success. Not where the answer is more than that: what
   * was equal, where bytes went, how a zone is now.
   */
  boolean canBeIgnored() {
    return this != COMPARE && this != COMPARE_AND_WRITE && !ofZones();
  }

  /** Whether the policy for reads counts: as for QEMU, all else follows the one for writes. */
  boolean reads() {
    return this == READ || this == VERIFY || this == COMPARE;
  }
}
