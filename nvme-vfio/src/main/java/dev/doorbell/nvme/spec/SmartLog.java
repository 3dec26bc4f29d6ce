package dev.doorbell.nvme.spec;

import java.nio.ByteBuffer;

/**
 * The SMART / Health Information log page (NVMe Base 1.4, 5.14.1.2, figure 196), 512 bytes,
 * little-endian. Counters of 128 bits are read as their lower 64.
 */
public final class SmartLog {
  /** Critical warning: the available spare is below its threshold. */
  public static final int WARNING_SPARE = 1;

  public static final int WARNING_TEMPERATURE = 1 << 1;
  public static final int WARNING_RELIABILITY = 1 << 2;
  public static final int WARNING_READ_ONLY = 1 << 3;
  public static final int WARNING_BACKUP = 1 << 4;

  /** Temperature sensors that the log has room for. */
  public static final int SENSORS = 8;

  private SmartLog() {}

  public static int criticalWarning(ByteBuffer b, int offset) {
    return b.get(offset) & 0xFF;
  }

  /** Composite temperature in kelvins. */
  public static int temperature(ByteBuffer b, int offset) {
    return b.getShort(offset + 1) & 0xFFFF;
  }

  /** Available spare in percent. */
  public static int availableSpare(ByteBuffer b, int offset) {
    return b.get(offset + 3) & 0xFF;
  }

  public static int availableSpareThreshold(ByteBuffer b, int offset) {
    return b.get(offset + 4) & 0xFF;
  }

  /** Estimated life used in percent; may exceed 100. */
  public static int percentageUsed(ByteBuffer b, int offset) {
    return b.get(offset + 5) & 0xFF;
  }

  /** Data read, in units of 512 000 bytes. */
  public static long dataUnitsRead(ByteBuffer b, int offset) {
    return b.getLong(offset + 32);
  }

  public static long dataUnitsWritten(ByteBuffer b, int offset) {
    return b.getLong(offset + 48);
  }

  public static long hostReadCommands(ByteBuffer b, int offset) {
    return b.getLong(offset + 64);
  }

  public static long hostWriteCommands(ByteBuffer b, int offset) {
    return b.getLong(offset + 80);
  }

  public static long controllerBusyMinutes(ByteBuffer b, int offset) {
    return b.getLong(offset + 96);
  }

  public static long powerCycles(ByteBuffer b, int offset) {
    return b.getLong(offset + 112);
  }

  public static long powerOnHours(ByteBuffer b, int offset) {
    return b.getLong(offset + 128);
  }

  public static long unsafeShutdowns(ByteBuffer b, int offset) {
    return b.getLong(offset + 144);
  }

  public static long mediaErrors(ByteBuffer b, int offset) {
    return b.getLong(offset + 160);
  }

  public static long errorLogEntries(ByteBuffer b, int offset) {
    return b.getLong(offset + 176);
  }

  /** Minutes above the warning threshold of the composite temperature. */
  public static long warningTemperatureMinutes(ByteBuffer b, int offset) {
    return b.getInt(offset + 192) & 0xFFFFFFFFL;
  }

  /** Minutes above the critical threshold of the composite temperature. */
  public static long criticalTemperatureMinutes(ByteBuffer b, int offset) {
    return b.getInt(offset + 196) & 0xFFFFFFFFL;
  }

  /**
   * Temperature of one sensor in kelvins, 0 if it is not there.
   *
   * @param sensor 1 to {@link #SENSORS}
   */
  public static int sensorTemperature(ByteBuffer b, int offset, int sensor) {
    return b.getShort(offset + 200 + 2 * (sensor - 1)) & 0xFFFF;
  }
}
