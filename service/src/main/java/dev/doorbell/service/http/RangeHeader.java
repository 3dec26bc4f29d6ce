package dev.doorbell.service.http;

/**
 * Parses a {@code Range} request header (RFC 9110, 14.1.2 and 14.2).
 *
 * <p>The parser is reused: {@link #parse} tells the outcome; then {@link #first} and {@link #last}
 * hold the range, or {@link #several} the ranges, clamped to the representation. Belongs to one
 * thread; allocates nothing.
 */
final class RangeHeader {
  /** Ranges that one header may have. */
  static final int MOST = 256;

  /** What a header asks for. */
  enum Outcome {
    /** Another unit than bytes: the header is ignored, as the RFC says. */
    OTHER_UNIT,
    /** One range that overlaps the representation. */
    SATISFIABLE,
    /** None that does. */
    UNSATISFIABLE,
    /** Not what the grammar allows. */
    MALFORMED,
    /** Several ranges that do, in {@link #several}. */
    SEVERAL,
    /** More ranges than {@link #MOST}. */
    TOO_MANY
  }

  private final Extents several = new Extents();
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
      return list(header, equals + 1, length);
    }
    return one(header, equals + 1, header.length(), length);
  }

  /** First byte of a satisfiable range. */
  long first() {
    return first;
  }

  /** Last byte of a satisfiable range. */
  long last() {
    return last;
  }

  /** The satisfiable ranges of several, in their order; until the next parse. */
  Extents several() {
    return several;
  }

  /** A list may have empty elements, which do not count (5.6.1.2). */
  private Outcome list(String header, int from, long length) {
    several.clear();
    int ranges = 0;
    int begin = from;
    while (begin <= header.length()) {
      int comma = header.indexOf(',', begin);
      int end = comma < 0 ? header.length() : comma;
      if (skipSpace(header, begin) < end) {
        if (++ranges > MOST) {
          return Outcome.TOO_MANY;
        }
        Outcome outcome = one(header, begin, end, length);
        if (outcome == Outcome.MALFORMED) {
          return outcome;
        }
        if (outcome == Outcome.SATISFIABLE) {
          several.add(first, last - first + 1);
        }
      }
      begin = end + 1;
    }
    if (ranges == 0) {
      return Outcome.MALFORMED;
    }
    return switch (several.count()) {
      case 0 -> Outcome.UNSATISFIABLE;
      case 1 -> only();
      default -> Outcome.SEVERAL;
    };
  }

  private Outcome only() {
    first = several.offset(0);
    last = first + several.length(0) - 1;
    return Outcome.SATISFIABLE;
  }

  private Outcome one(String header, int from, int to, long length) {
    int begin = skipSpace(header, from);
    int end = trimSpace(header, begin, to);
    int dash = header.indexOf('-', begin);
    if (dash < 0 || dash >= end) {
      return Outcome.MALFORMED;
    }
    long until = Decimal.parse(header, dash + 1, end);
    if (dash == begin) {
      return suffix(until, length);
    }
    long since = Decimal.parse(header, begin, dash);
    if (since == Decimal.INVALID || until == Decimal.INVALID && dash + 1 != end) {
      return Outcome.MALFORMED;
    }
    if (dash + 1 == end) {
      until = Long.MAX_VALUE;
    } else if (until < since) {
      return Outcome.MALFORMED;
    }
    if (since >= length) {
      return Outcome.UNSATISFIABLE;
    }
    first = since;
    last = Math.min(until, length - 1);
    return Outcome.SATISFIABLE;
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

  private static int trimSpace(String s, int from, int to) {
    int end = to;
    while (end > from && isSpace(s.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }
}
