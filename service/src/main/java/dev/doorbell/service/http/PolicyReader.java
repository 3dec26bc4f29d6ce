package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockSettings;
import dev.doorbell.service.block.ErrorPolicy;
import dev.doorbell.service.block.WriteCacheMode;
import java.util.Arrays;
import java.util.function.Function;

/** Reads the settings of a namespace from JSON: what is left out stays as it is. */
final class PolicyReader {
  private PolicyReader() {}

  /**
   * The settings that come of {@code before} and a request.
   *
   * @throws ProblemException if a number has no room here
   */
  static BlockSettings read(Members in, BlockSettings before) {
    return new BlockSettings(
        choice(in, "read_errors", ErrorPolicy.values(), ErrorPolicy::text, before.readErrors()),
        choice(in, "write_errors", ErrorPolicy.values(), ErrorPolicy::text, before.writeErrors()),
        choice(
            in, "write_cache", WriteCacheMode.values(), WriteCacheMode::text, before.writeCache()),
        in.flag("merge", before.merge()),
        in.flag("read_only", before.readOnly()),
        (int) number(in, "max_waiting", before.maxWaiting(), 0, BlockSettings.MAX_WAITING),
        number(in, "operations_per_second", before.operationsPerSecond(), 0, Long.MAX_VALUE),
        number(in, "bytes_per_second", before.bytesPerSecond(), 0, Long.MAX_VALUE),
        (int) number(in, "burst_ms", before.burstMillis(), 1, BlockSettings.MAX_BURST_MILLIS));
  }

  private static long number(Members in, String name, long before, long least, long most) {
    return in.number(name, before, least, most);
  }

  /** The contract has let no other texts through. */
  private static <T> T choice(
      Members in, String name, T[] values, Function<T, String> text, T before) {
    String wanted = in.text(name, text.apply(before));
    return Arrays.stream(values)
        .filter(v -> text.apply(v).equals(wanted))
        .findFirst()
        .orElseThrow(() -> in.refused(name, "the service does not know it"));
  }
}
