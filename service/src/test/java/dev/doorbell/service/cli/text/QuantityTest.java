package dev.doorbell.service.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "1048575, 1 MiB",
    "104857600, 100 MiB",
    "123456789, 118 MiB",
    "1099511627776, 1 TiB"
  })
  void sizesAreShort(long bytes, String text) {
    assertEquals(text, Quantity.bytes(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "999, 999 ns",
    "1000, 1.0 µs",
    "999949, 999.9 µs",
    "999950, 1.0 ms",
    "1500000000, 1.50 s"
  })
  void timesHaveTheUnitThatSuitsThem(double nanos, String text) {
    assertEquals(text, Quantity.time(nanos));
  }

  @ParameterizedTest
  @CsvSource({"7, 0:07", "750, 12:30", "3723, 1:02:03"})
  void clocksCountHours(long seconds, String text) {
    assertEquals(text, Quantity.clock(seconds));
  }
}
