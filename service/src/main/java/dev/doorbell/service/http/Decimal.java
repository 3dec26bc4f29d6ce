package dev.doorbell.service.http;

/** Decimal numbers of headers: digits only, no sign, saturating instead of overflowing. */
final class Decimal {
  /** Not a number. */
  static final long INVALID = -1;

  private Decimal() {}

  /** The number in {@code s[begin, end)}, {@link Long#MAX_VALUE} if larger, or {@link #INVALID}. */
  static long parse(CharSequence s, int begin, int end) {
    if (begin >= end) {
      return INVALID;
    }
    long value = 0;
    for (int i = begin; i < end; i++) {
      int digit = s.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return INVALID;
      }
      value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
    }
    return value;
  }

  /**
   * Writes a number that is not negative.
   *
   * @return index after its last digit
   */
  static int write(byte[] out, int index, long value) {
    int end = index + digits(value);
    long rest = value;
    for (int i = end - 1; i >= index; i--) {
      long tenth = rest / 10;
      out[i] = (byte) ('0' + rest - 10 * tenth);
      rest = tenth;
    }
    return end;
  }

  private static int digits(long value) {
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }
}
