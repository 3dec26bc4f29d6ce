package dev.doorbell.vfio;

import java.util.Optional;

/**
 * Where a function keeps its MSI-X vectors (PCI 3.0, 6.8.2).
 *
 * @param entries how many vectors, 1 to 2048
 * @param bar which BAR holds the table
 * @param offset of the table in it, a multiple of 8
 */
record MsixTable(int entries, int bar, long offset) {
  private static final int CONTROL = 2;
  private static final int TABLE = 4;
  private static final int SIZE_MASK = 0x7FF;
  private static final int BAR_MASK = 7;
  private static final int ENTRY = 16;

  /** Empty if the function has no MSI-X. */
  static Optional<MsixTable> of(ConfigSpace config) {
    int at = config.findCapability(ConfigSpace.CAP_MSIX);
    if (at < 0) {
      return Optional.empty();
    }
    int table = config.readInt(at + TABLE);
    return Optional.of(
        new MsixTable(
            (config.readShort(at + CONTROL) & SIZE_MASK) + 1,
            table & BAR_MASK,
            Integer.toUnsignedLong(table & ~BAR_MASK)));
  }

  /** End of the table in its BAR, not included. */
  long end() {
    return offset + (long) entries * ENTRY;
  }
}
