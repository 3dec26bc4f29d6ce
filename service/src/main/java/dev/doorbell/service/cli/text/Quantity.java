package dev.doorbell.service.cli.text;

import java.util.Locale;

/** Sizes, rates and times as people read them. */
public final class Quantity {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Quantity() {}

  /** Bytes with three digits or so: {@code 512 B}, {@code 1.5 MiB}, {@code 20 GiB}. */
  public static String bytes(double bytes) {
    int unit = 0;
    double value = bytes;
    // 1023.95 would be shown as 1024.0 of the smaller unit.
    while (value >= 1023.95 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    boolean whole = unit == 0 || value >= 99.95 || Math.abs(value - Math.rint(value)) < 0.05;
    return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }

  /** A time in the unit that suits it: {@code 850 ns}, {@code 12.3 µs}, {@code 4.0 ms}. */
  public static String time(double nanos) {
    if (nanos < 1000) {
      return String.format(Locale.ROOT, "%.0f ns", nanos);
    }
    if (nanos < 999_950) {
      return String.format(Locale.ROOT, "%.1f µs", nanos / 1e3);
    }
    return nanos < 999_950_000
        ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
        : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }

  /** Seconds as a clock shows them: {@code 0:07}, {@code 12:30}, {@code 1:02:03}. */
  public static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
