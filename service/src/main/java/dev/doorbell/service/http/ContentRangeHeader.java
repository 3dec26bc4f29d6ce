package dev.doorbell.service.http;

/**
 * A {@code Content-Range} request header as writing clients send it (RFC 9110, 14.4 and 14.5).
 *
 * <p>{@code bytes first-last/complete}, where complete is {@code *}, {@code -1} (a body of unknown
 * size, as nbdkit and curl send it) or a number.
 *
 * @param first first byte to write
 * @param last last byte, as the client says; one more than the body's in nbdkit's requests
 * @param complete the complete length, or {@link #UNKNOWN}
 */
record ContentRangeHeader(long first, long last, long complete) {
  static final long UNKNOWN = -1;

  /**
   * Parses a header.
   *
   * @return null if it is malformed
   */
  static ContentRangeHeader parse(String header) {
    String s = header.strip();
    if (s.length() < 7 || !s.regionMatches(true, 0, "bytes", 0, 5) || !isSpace(s.charAt(5))) {
      return null;
    }
    int begin = 6;
    while (begin < s.length() && isSpace(s.charAt(begin))) {
      begin++;
    }
    int slash = s.indexOf('/', begin);
    int dash = s.indexOf('-', begin);
    if (dash < 0 || slash < dash) {
      return null;
    }
    long first = Decimal.parse(s, begin, dash);
    long last = Decimal.parse(s, dash + 1, slash);
    String total = s.substring(slash + 1);
    long complete =
        total.equals("*") || total.equals("-1") ? UNKNOWN : Decimal.parse(s, slash + 1, s.length());
    boolean totalIsWrong = complete == UNKNOWN && !total.equals("*") && !total.equals("-1");
    if (first == Decimal.INVALID || last == Decimal.INVALID || last < first || totalIsWrong) {
      return null;
    }
    return new ContentRangeHeader(first, last, complete);
  }

  /** Bytes that the range names; saturates. */
  long length() {
    long length = last - first + 1;
    return length < 0 ? Long.MAX_VALUE : length;
  }

  /** Whether a body of {@code bytes} fits: as long as the range, or one byte shorter. */
  boolean fitsBody(long bytes) {
    return bytes > 0 && (bytes == length() || bytes == length() - 1);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }
}
