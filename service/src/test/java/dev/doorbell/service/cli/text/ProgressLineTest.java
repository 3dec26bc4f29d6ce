package dev.doorbell.service.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final long GIB = 1L << 30;

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void tellsShareRateAndTimeLeft() {
    ProgressLine line = new ProgressLine(GIB, seconds(100));
    line.update(seconds(102), GIB / 4);
    assertEquals("25 %, 256 MiB of 1 GiB, 128 MiB/s, 0:06 left", line.plain());
    assertEquals(
        " 25 % [#####...............]  256 MiB of 1 GiB, 128 MiB/s, 0:06 left", line.bar(80));
  }

  @Test
  void forgetsHowFastItWasLongAgo() {
    ProgressLine line = new ProgressLine(100 * GIB, 0);
    for (int i = 1; i <= 10; i++) {
      line.update(seconds(i), i * GIB);
    }
    for (int i = 11; i <= 20; i++) {
      line.update(seconds(i), 10 * GIB + (i - 10) * (GIB / 2));
    }
    assertEquals("15 %, 15 GiB of 100 GiB, 512 MiB/s, 2:50 left", line.plain());
  }

  @Test
  void promisesNothingBeforeAnythingIsDone() {
    ProgressLine line = new ProgressLine(GIB, 0);
    line.update(seconds(1), 0);
    assertEquals("0 %, 0 B of 1 GiB", line.plain());
  }

  @Test
  void fitsTheTerminal() {
    ProgressLine line = new ProgressLine(GIB, 0);
    line.update(seconds(1), GIB / 2);
    assertTrue(line.bar(30).length() < 30, line.bar(30));
  }

  @Test
  void isDoneWithNothingAtOnce() {
    ProgressLine line = new ProgressLine(0, 0);
    line.update(1, 0);
    assertEquals("100 %, 0 B of 0 B", line.plain());
  }
}
