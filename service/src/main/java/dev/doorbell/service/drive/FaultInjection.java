package dev.doorbell.service.drive;

import dev.doorbell.emulated.FaultRule;
import dev.doorbell.emulated.Faults;
import dev.doorbell.nvme.spec.Status;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells an emulated drive to fail, in the words of the HTTP interface. For any thread but an event
 * loop: a loss of power waits for the drive's threads.
 */
public final class FaultInjection {
  private static final String FATAL = "fatal";
  private static final String DISAPPEAR = "disappear";
  private static final String HANG_RESET = "hang-reset";
  private static final String POWER_LOSS = "power-loss";

  private static final Map<String, Integer> OPCODES = Map.of("flush", 0, "write", 1, "read", 2);

  private final Faults faults;

  FaultInjection(Faults faults) {
    this.faults = faults;
  }

  /**
   * Injects a fault.
   *
   * @param members of the request: {@code fault} names it, the others narrow it down
   * @throws IllegalArgumentException that says which member is wrong and what is allowed
   */
  public void inject(Map<String, Object> members) {
    Members in = new Members(members);
    String fault = in.string("fault");
    switch (fault) {
      case FATAL -> {
        in.requireNoMore();
        faults.goFatal();
      }
      case DISAPPEAR -> {
        in.requireNoMore();
        faults.disappear();
      }
      case HANG_RESET -> {
        int count = (int) in.number("count", 1, 1, 1000);
        boolean function = in.flag("function", false);
        in.requireNoMore();
        faults.hangResets(count, function);
      }
      case POWER_LOSS -> {
        in.requireNoMore();
        faults.losePower();
      }
      default -> faults.add(rule(fault, in));
    }
  }

  /** Takes back every rule, and lets resets work again. */
  public void clear() {
    faults.clear();
  }

  private FaultRule rule(String fault, Members in) {
    FaultRule rule =
        FaultRule.of(action(fault))
            .onQueue((int) in.number("queue", FaultRule.ANY, 0, 0xFFFF))
            .onOpcode(opcode(in))
            .onBlocks(
                in.number("first_lba", 0, 0, Long.MAX_VALUE),
                in.number("last_lba", Long.MAX_VALUE, 0, Long.MAX_VALUE))
            .withProbability(in.fraction("probability", 1))
            .times(in.number("count", 1, 0, Long.MAX_VALUE))
            .withStatus(status(in))
            .withDelay(TimeUnit.MILLISECONDS.toNanos(in.number("delay_ms", 10, 0, 86_400_000)))
            .withCopies((int) in.number("copies", 1, 1, 65_536));
    in.requireNoMore();
    return rule;
  }

  private static FaultRule.Action action(String fault) {
    return Arrays.stream(FaultRule.Action.values())
        .filter(a -> name(a).equals(fault))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "fault '" + fault + "' is none; there are: " + String.join(", ", names())));
  }

  private static TreeSet<String> names() {
    return Stream.concat(
            Arrays.stream(FaultRule.Action.values()).map(FaultInjection::name),
            Stream.of(FATAL, DISAPPEAR, HANG_RESET, POWER_LOSS))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String name(FaultRule.Action action) {
    return action.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static int opcode(Members in) {
    Object value = in.take("opcode");
    if (value instanceof String name && OPCODES.containsKey(name)) {
      return OPCODES.get(name);
    }
    if (value == null) {
      return FaultRule.ANY;
    }
    throw new IllegalArgumentException("opcode: " + value + ", allowed: flush, read, write");
  }

  private static int status(Members in) {
    int sct = (int) in.number("sct", 0, 0, 7);
    int sc = (int) in.number("sc", Status.INTERNAL_ERROR, 0, 0xFF);
    int status = sct << 8 | sc;
    if (status == 0) {
      throw new IllegalArgumentException("sct 0 and sc 0: that is success, not a fault");
    }
    return status | (in.flag("dnr", false) ? Status.DNR : 0);
  }

  /** The members of a request, each of which is taken once. */
  private static final class Members {
    private final Map<String, Object> all;
    private final Set<String> left;

    Members(Map<String, Object> all) {
      this.all = all;
      this.left = new TreeSet<>(all.keySet());
    }

    /** The value of a member; null if it is not there. */
    Object take(String name) {
      Object value = all.get(name);
      if (left.remove(name) && value == null) {
        throw new IllegalArgumentException(name + ": null, which is no value; leave it out");
      }
      return value;
    }

    String string(String name) {
      if (take(name) instanceof String value) {
        return value;
      }
      throw new IllegalArgumentException(
          name + " is missing, or no string; there are: " + String.join(", ", names()));
    }

    long number(String name, long fallback, long min, long max) {
      Object value = take(name);
      if (value == null) {
        return fallback;
      }
      boolean whole = value instanceof Integer || value instanceof Long;
      long number = whole ? ((Number) value).longValue() : min - 1;
      if (!whole || number < min || number > max) {
        throw new IllegalArgumentException(
            "%s: %s, allowed: %d to %d".formatted(name, value, min, max));
      }
      return number;
    }

    double fraction(String name, double fallback) {
      Object value = take(name);
      if (value == null) {
        return fallback;
      }
      if (value instanceof Number number && number.doubleValue() > 0 && number.doubleValue() <= 1) {
        return number.doubleValue();
      }
      throw new IllegalArgumentException(name + ": " + value + ", allowed: above 0, at most 1");
    }

    boolean flag(String name, boolean fallback) {
      Object value = take(name);
      if (value == null) {
        return fallback;
      }
      if (value instanceof Boolean flag) {
        return flag;
      }
      throw new IllegalArgumentException(name + ": " + value + ", allowed: true, false");
    }

    void requireNoMore() {
      if (!left.isEmpty()) {
        throw new IllegalArgumentException(
            "no such member for this fault: " + String.join(", ", left));
      }
    }
  }
}
