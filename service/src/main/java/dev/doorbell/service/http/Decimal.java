package dev.doorbell.service.http;

/** Decimal numbers of headers: digits only, no sign, saturating instead of overflowing. */
final class Decimal {
  /** Not a number. */
  static final long INVALID = -1;

  private Decimal() {}

  /** The number in {@code s[begin, end)}, {@link Long#MAX_VALUE} if larger, or {@link #INVALID}. */
  static long parse(String s, int begin, int end) {
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

  /** How many digits a number has that is not negative. */
  static int digits(long value) {
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }
}
