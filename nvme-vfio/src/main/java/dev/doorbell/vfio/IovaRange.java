package dev.doorbell.vfio;

/**
 * Addresses a device can be given, both ends included.
 *
 * @param end at least {@code start}; both not negative
 */
record IovaRange(long start, long end) {
  /** In bytes. */
  long size() {
    return end - start + 1;
  }

  @Override
  public String toString() {
    return "0x" + Long.toHexString(start) + "-0x" + Long.toHexString(end);
  }
}
