package dev.doorbell.service.http;

/**
 * Parses a {@code Range} request header (RFC 9110, 14.2) with one byte range.
 *
 * <p>The parser is reused: {@link #parse} tells the outcome, {@link #first} and {@link #last} hold
 * the range, clamped to the representation. Belongs to one thread; allocates nothing.
 */
final class RangeHeader {
  /** What a header asks for. */
  enum Outcome {
    /** Another unit than bytes: the header is ignored, as the RFC says. */
    OTHER_UNIT,
    /** One range that overlaps the representation. */
    SATISFIABLE,
    /** One range that does not. */
    UNSATISFIABLE,
    /** Not what the grammar allows. */
    MALFORMED,
    /** More than one range. */
    SEVERAL
  }

  private long first;
  private long last;

  /**
   * Parses {@code header}.
   *
   * @param length of the representation in bytes, at least 1
   */
  Outcome parse(String header, long length) {
    int equals = header.indexOf('=');
    if (equals < 0) {
      return Outcome.MALFORMED;
    }
    if (equals != 5 || !header.regionMatches(true, 0, "bytes", 0, 5)) {
      return Outcome.OTHER_UNIT;
    }
    if (header.indexOf(',') >= 0) {
      return Outcome.SEVERAL;
    }
    int begin = skipSpace(header, equals + 1);
    int end = trimSpace(header, begin);
    int dash = header.indexOf('-', begin);
    if (dash < 0 || dash >= end) {
      return Outcome.MALFORMED;
    }
    long to = Decimal.parse(header, dash + 1, end);
    if (dash == begin) {
      return suffix(to, length);
    }
    long from = Decimal.parse(header, begin, dash);
    if (from == Decimal.INVALID || to == Decimal.INVALID && dash + 1 != end) {
      return Outcome.MALFORMED;
    }
    if (dash + 1 == end) {
      to = Long.MAX_VALUE;
    } else if (to < from) {
      return Outcome.MALFORMED;
    }
    if (from >= length) {
      return Outcome.UNSATISFIABLE;
    }
    first = from;
    last = Math.min(to, length - 1);
    return Outcome.SATISFIABLE;
  }

  /** First byte of a satisfiable range. */
  long first() {
    return first;
  }

  /** Last byte of a satisfiable range. */
  long last() {
    return last;
  }

  private Outcome suffix(long suffix, long length) {
    if (suffix == Decimal.INVALID) {
      return Outcome.MALFORMED;
    }
    if (suffix == 0) {
      return Outcome.UNSATISFIABLE;
    }
    first = Math.max(0, length - suffix);
    last = length - 1;
    return Outcome.SATISFIABLE;
  }

  private static int skipSpace(String s, int from) {
    int i = from;
    while (i < s.length() && isSpace(s.charAt(i))) {
      i++;
    }
    return i;
  }

  private static int trimSpace(String s, int from) {
    int end = s.length();
    while (end > from && isSpace(s.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }
}
