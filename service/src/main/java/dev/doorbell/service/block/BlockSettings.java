package dev.doorbell.service.block;

/**
 * What an operator may choose for a namespace, also while it is in use.
 *
 * @param readErrors for reads, verifies and compares that the drive fails
 * @param writeErrors for all else
 * @param merge whether adjacent requests of one turn become one command
 * @param readOnly whether what changes blocks is refused
 * @param maxWaiting how many requests each loop lets wait, while the namespace is stopped or for
 *     its rate; 0 to 65 536
 * @param operationsPerSecond at most, of all clients; 0 for no limit
 * @param bytesPerSecond of data at most, of all clients; 0 for no limit
 * @param burstMillis how much of a rate that was not used may be used at once; 1 to 60 000
 */
public record BlockSettings(
    ErrorPolicy readErrors,
    ErrorPolicy writeErrors,
    WriteCacheMode writeCache,
    boolean merge,
    boolean readOnly,
    int maxWaiting,
    long operationsPerSecond,
    long bytesPerSecond,
    int burstMillis) {
  public static final int MAX_WAITING = 65_536;
  public static final int MAX_BURST_MILLIS = 60_000;

  /** Errors are reported; nothing is merged, cached through or limited. */
  public static final BlockSettings PLAIN =
      new BlockSettings(
          ErrorPolicy.REPORT,
          ErrorPolicy.REPORT,
          WriteCacheMode.WRITEBACK,
          false,
          false,
          256,
          0,
          0,
          100);

  public BlockSettings {
    check("max_waiting", maxWaiting, 0, MAX_WAITING);
    check("operations_per_second", operationsPerSecond, 0, Long.MAX_VALUE);
    check("bytes_per_second", bytesPerSecond, 0, Long.MAX_VALUE);
    check("burst_ms", burstMillis, 1, MAX_BURST_MILLIS);
  }

  /** Whether there is any rate to keep. */
  boolean limited() {
    return operationsPerSecond > 0 || bytesPerSecond > 0;
  }

  /** Whether the rates are those of another. */
  boolean sameRates(BlockSettings other) {
    return operationsPerSecond == other.operationsPerSecond
        && bytesPerSecond == other.bytesPerSecond
        && burstMillis == other.burstMillis;
  }

  public BlockSettings withErrors(ErrorPolicy reads, ErrorPolicy writes) {
    return new BlockSettings(
        reads,
        writes,
        writeCache,
        merge,
        readOnly,
        maxWaiting,
        operationsPerSecond,
        bytesPerSecond,
        burstMillis);
  }

  public BlockSettings withWriteCache(WriteCacheMode mode) {
    return new BlockSettings(
        readErrors,
        writeErrors,
        mode,
        merge,
        readOnly,
        maxWaiting,
        operationsPerSecond,
        bytesPerSecond,
        burstMillis);
  }

  public BlockSettings withMerge(boolean on) {
    return new BlockSettings(
        readErrors,
        writeErrors,
        writeCache,
        on,
        readOnly,
        maxWaiting,
        operationsPerSecond,
        bytesPerSecond,
        burstMillis);
  }

  public BlockSettings withReadOnly(boolean on) {
    return new BlockSettings(
        readErrors,
        writeErrors,
        writeCache,
        merge,
        on,
        maxWaiting,
        operationsPerSecond,
        bytesPerSecond,
        burstMillis);
  }

  public BlockSettings withMaxWaiting(int most) {
    return new BlockSettings(
        readErrors,
        writeErrors,
        writeCache,
        merge,
        readOnly,
        most,
        operationsPerSecond,
        bytesPerSecond,
        burstMillis);
  }

  public BlockSettings withRates(long operations, long bytes, int burst) {
    return new BlockSettings(
        readErrors, writeErrors, writeCache, merge, readOnly, maxWaiting, operations, bytes, burst);
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d; allowed are %d to %d".formatted(name, value, least, most));
    }
  }
}
