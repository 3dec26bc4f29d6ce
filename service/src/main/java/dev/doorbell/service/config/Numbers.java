package dev.doorbell.service.config;

import java.util.Locale;

/** Whole numbers and sizes as text. */
public final class Numbers {
  private static final String[] UNITS = {"", "K", "M", "G", "T"};
  private static final String SIZE_FORM =
      "must be a size in bytes, such as 65536, 64KiB, 32MiB, 1GiB or 1TiB";

  private Numbers() {}

  /** A decimal number from 0 up; underscores may stand between digits. */
  public static long whole(String text, String allowed) throws InvalidValueException {
    long value = 0;
    char last = '_';
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        int digit = c - '0';
        if (value > (Long.MAX_VALUE - digit) / 10) {
          throw new InvalidValueException(allowed);
        }
        value = value * 10 + digit;
      } else if (c != '_' || last == '_') {
        throw new InvalidValueException(allowed);
      }
      last = c;
    }
    if (last == '_') {
      throw new InvalidValueException(allowed);
    }
    return value;
  }

  /** Bytes, with an optional binary unit: K or KiB, M or MiB, G or GiB, T or TiB in any case. */
  public static long size(String text) throws InvalidValueException {
    String upper = text.toUpperCase(Locale.ROOT);
    int end = upper.endsWith("IB") ? upper.length() - 2 : upper.length();
    int unit = end == 0 ? 0 : "KMGT".indexOf(upper.charAt(end - 1)) + 1;
    if (unit == 0 && end != upper.length()) {
      throw new InvalidValueException(SIZE_FORM);
    }
    String digits = unit == 0 ? upper : upper.substring(0, end - 1);
    long count = whole(digits, SIZE_FORM);
    int shift = 10 * unit;
    if (count > Long.MAX_VALUE >> shift) {
      throw new InvalidValueException("is too large: sizes end below 8388608TiB");
    }
    return count << shift;
  }

  /** The size in the largest unit that needs no fraction, such as {@code 32MiB} or {@code 1000}. */
  public static String formatSize(long bytes) {
    int unit = 0;
    long count = bytes;
    while (count != 0 && (count & 1023) == 0 && unit < UNITS.length - 1) {
      count >>= 10;
      unit++;
    }
    return unit == 0 ? Long.toString(count) : count + UNITS[unit] + "iB";
  }
}
