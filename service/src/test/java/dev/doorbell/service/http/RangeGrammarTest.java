package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.http.RangeHeader.Outcome;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The parser of Range against the grammar of RFC 9110, 14.1.1, 14.1.2, 14.2 and 5.6.1, read a
 * second time: by regular expressions and numbers without limits.
 *
 * <pre>
 * ranges-specifier = range-unit "=" range-set
 * range-set        = 1#range-spec            ; a list, in which empty elements do not count
 * range-spec       = int-range / suffix-range / other-range
 * int-range        = first-pos "-" [ last-pos ]
 * suffix-range     = "-" suffix-length
 * </pre>
 */
class RangeGrammarTest {
  private static final int CASES = 200_000;
  private static final Pattern INT_RANGE = Pattern.compile("([0-9]+)-([0-9]*)");
  private static final Pattern SUFFIX_RANGE = Pattern.compile("-([0-9]+)");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final String NOISE = "0123456789-,= \tbytesBYTES;\"x:/*.+\u00e9";

  private final RangeHeader parser = new RangeHeader();

  private record Meaning(Outcome outcome, List<long[]> ranges) {}

  @Test
  void whatTheGrammarGivesIsReadAsTheRfcMeansIt() {
    Random random = Seeded.random("ranges by the grammar");
    int several = 0;
    for (int i = 0; i < CASES; i++) {
      long length = 1 + (long) Math.pow(2, random.nextInt(62)) + random.nextInt(5);
      String header = header(random, length);
      Meaning meaning = check(header, length);
      assertTrue(meaning.outcome() != Outcome.OTHER_UNIT, header);
      several += meaning.outcome() == Outcome.SEVERAL ? 1 : 0;
    }
    assertTrue(several > CASES / 10, "the generator makes lists");
  }

  @Test
  void whatTheGrammarDoesNotGiveIsNeverTakenForARange() {
    Random random = Seeded.random("ranges changed at random");
    for (int i = 0; i < CASES; i++) {
      long length = 1 + random.nextInt(1 << 20);
      StringBuilder header = new StringBuilder(header(random, length));
      for (int change = random.nextInt(4); change >= 0; change--) {
        int at = random.nextInt(header.length() + 1);
        char c = NOISE.charAt(random.nextInt(NOISE.length()));
        switch (random.nextInt(3)) {
          case 0 -> header.insert(at, c);
          case 1 -> header.setLength(at);
          default -> {
            if (at < header.length()) {
              header.setCharAt(at, c);
            }
          }
        }
      }
      check(header.toString(), length);
    }
  }

  @Test
  void takes256RangesAndNoMore() {
    String most = "bytes=" + "0-0,".repeat(RangeHeader.MOST - 1) + "5-6";
    assertEquals(Outcome.SEVERAL, parser.parse(most, 100));
    assertEquals(RangeHeader.MOST, parser.several().count());
    assertEquals(5, parser.several().offset(RangeHeader.MOST - 1));
    assertEquals(Outcome.SEVERAL, parser.parse(most + ",, ,", 100));
    assertEquals(Outcome.TOO_MANY, parser.parse(most + ",7-8", 100));
  }

  private Meaning check(String header, long length) {
    Meaning expected = meaning(header, length);
    String what = "'" + header + "' of " + length;
    Outcome outcome = parser.parse(header, length);
    assertEquals(expected.outcome(), outcome, what);
    if (outcome == Outcome.SATISFIABLE) {
      long[] range = expected.ranges().get(0);
      assertEquals(range[0], parser.first(), what);
      assertEquals(range[1], parser.last(), what);
    } else if (outcome == Outcome.SEVERAL) {
      Extents several = parser.several();
      assertEquals(expected.ranges().size(), several.count(), what);
      for (int i = 0; i < several.count(); i++) {
        long[] range = expected.ranges().get(i);
        assertEquals(range[0], several.offset(i), what);
        assertEquals(range[1] - range[0] + 1, several.length(i), what);
      }
    }
    return expected;
  }

  /** The RFC, slowly. */
  private static Meaning meaning(String header, long length) {
    int equals = header.indexOf('=');
    if (equals < 0) {
      return new Meaning(Outcome.MALFORMED, List.of());
    }
    String unit = header.substring(0, equals);
    if (!unit.equalsIgnoreCase("bytes")) {
      // What is no unit at all is as little ours as another one.
      assertTrue(TOKEN.matcher(unit).matches() || !unit.equalsIgnoreCase("bytes"));
      return new Meaning(Outcome.OTHER_UNIT, List.of());
    }
    BigInteger size = BigInteger.valueOf(length);
    List<long[]> ranges = new ArrayList<>();
    int specs = 0;
    boolean malformed = false;
    for (String element : header.substring(equals + 1).split(",", -1)) {
      String spec = element.replaceAll("^[ \t]+|[ \t]+$", "");
      if (spec.isEmpty() || malformed) {
        continue;
      }
      if (++specs > RangeHeader.MOST) {
        return new Meaning(Outcome.TOO_MANY, List.of());
      }
      Matcher ints = INT_RANGE.matcher(spec);
      Matcher suffix = SUFFIX_RANGE.matcher(spec);
      if (ints.matches()) {
        BigInteger first = new BigInteger(ints.group(1));
        BigInteger last = ints.group(2).isEmpty() ? null : new BigInteger(ints.group(2));
        // "An int-range is invalid if the last-pos value is present and less than first-pos."
        // Beyond
        // what 63 bits hold, the parser sees equal numbers.
        if (last != null && saturated(last).compareTo(saturated(first)) < 0) {
          malformed = true;
        } else if (first.compareTo(size) < 0) {
          BigInteger end = last == null ? size : last.add(BigInteger.ONE).min(size);
          ranges.add(new long[] {first.longValueExact(), end.longValueExact() - 1});
        }
      } else if (suffix.matches()) {
        BigInteger most = new BigInteger(suffix.group(1)).min(size);
        if (most.signum() > 0) {
          ranges.add(new long[] {length - most.longValueExact(), length - 1});
        }
      } else {
        malformed = true;
      }
    }
    Outcome outcome =
        malformed || specs == 0
            ? Outcome.MALFORMED
            : switch (ranges.size()) {
              case 0 -> Outcome.UNSATISFIABLE;
              case 1 -> Outcome.SATISFIABLE;
              default -> Outcome.SEVERAL;
            };
    return new Meaning(outcome, ranges);
  }

  private static BigInteger saturated(BigInteger number) {
    return number.min(BigInteger.valueOf(Long.MAX_VALUE));
  }

  private static String header(Random random, long length) {
    StringBuilder header = new StringBuilder(random.nextInt(4) == 0 ? "ByTeS=" : "bytes=");
    int specs = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(6);
    for (int i = 0; i < specs; i++) {
      if (i > 0) {
        header.append(space(random)).append(',').append(random.nextInt(8) == 0 ? ", ," : "");
      }
      header.append(space(random)).append(spec(random, length)).append(space(random));
    }
    return header.toString();
  }

  private static String spec(Random random, long length) {
    String first = number(random, length);
    return switch (random.nextInt(4)) {
      case 0 -> "-" + first;
      case 1 -> first + "-";
      default -> first + "-" + number(random, length);
    };
  }

  private static String number(Random random, long length) {
    long near = length - 2 + random.nextInt(4);
    String plain =
        switch (random.nextInt(6)) {
          case 0 -> Long.toString(Math.max(0, near));
          case 1 -> Long.toString(Long.MAX_VALUE - random.nextInt(2));
          case 2 -> "9".repeat(19 + random.nextInt(10));
          case 3 -> Integer.toString(random.nextInt(3));
          default -> Long.toString(Math.floorMod(random.nextLong(), length));
        };
    return random.nextInt(10) == 0 ? "000" + plain : plain;
  }

  private static String space(Random random) {
    return random.nextInt(5) == 0 ? " \t".substring(random.nextInt(2)) : "";
  }
}
