package dev.doorbell.nvme.spec;

/**
 * Bits of Identify Controller that say which optional commands there are: ONCS for the NVM command
 * set, OACS for the admin command set, FUSES for fused operations (NVMe Base 1.4, 5.15.2.2, figure
 * 247; Copy: NVM Command Set 1.0, 4.1.5.2).
 */
public final class OptionalCommands {
  public static final int ONCS_COMPARE = 1;
  public static final int ONCS_WRITE_UNCORRECTABLE = 1 << 1;
  public static final int ONCS_DATASET_MANAGEMENT = 1 << 2;
  public static final int ONCS_WRITE_ZEROES = 1 << 3;
  public static final int ONCS_VERIFY = 1 << 7;
  public static final int ONCS_COPY = 1 << 8;

  public static final int OACS_DOORBELL_BUFFER = 1 << 8;

  public static final int FUSES_COMPARE_AND_WRITE = 1;

  private OptionalCommands() {}
}
