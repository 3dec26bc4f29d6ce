package dev.doorbell.service.cli.text;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** How far something is, as a line: share, bytes, rate of the last seconds, time left. */
public final class ProgressLine {
  private static final long WINDOW = TimeUnit.SECONDS.toNanos(5);
  private static final int BAR = 20;

  private record Sample(long nanos, long done) {}

  private final long total;
  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * @param total bytes
   * @param start time in nanoseconds, when nothing is done
   */
  public ProgressLine(long total, long start) {
    this.total = total;
    samples.add(new Sample(start, 0));
  }

  /** Takes note of how far it is at a time. */
  public void update(long nanos, long done) {
    samples.add(new Sample(nanos, done));
    while (samples.size() > 2 && nanos - samples.peek().nanos > WINDOW) {
      samples.poll();
    }
  }

  /** For a terminal, with a bar, no longer than its columns. */
  public String bar(int columns) {
    int full = total == 0 ? BAR : (int) (BAR * done() / (double) total);
    String bar = "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
    String line = "%3d %% %s  %s".formatted(percent(), bar, rest());
    return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 1));
  }

  /** For a log. */
  public String plain() {
    return percent() + " %, " + rest();
  }

  private String rest() {
    String of = Quantity.bytes(done()) + " of " + Quantity.bytes(total);
    double rate = rate();
    if (rate <= 0) {
      return of;
    }
    long left = Math.round((total - done()) / rate);
    return of + ", " + Quantity.bytes(rate) + "/s, " + Quantity.clock(left) + " left";
  }

  private int percent() {
    return total == 0 ? 100 : (int) (100.0 * done() / total);
  }

  private long done() {
    return samples.peekLast().done;
  }

  /** Bytes a second. */
  private double rate() {
    Sample first = samples.peekFirst();
    Sample last = samples.peekLast();
    long nanos = last.nanos - first.nanos;
    return nanos <= 0 ? 0 : (last.done - first.done) * 1e9 / nanos;
  }
}
