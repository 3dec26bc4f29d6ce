package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "65536, 65536",
    "1K, 1024",
    "64KiB, 65536",
    "32MiB, 33554432",
    "32M, 33554432",
    "1g, 1073741824",
    "2gib, 2147483648",
    "1TiB, 1099511627776",
    "1_000, 1000",
    "8388607TiB, 9223370937343148032",
    "9223372036854775807, 9223372036854775807"
  })
  void readsSizesWithBinaryUnits(String text, long bytes) throws Exception {
    assertEquals(bytes, Numbers.size(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "K",
        "iB",
        "KiB",
        "1KB",
        "1B",
        "1iB",
        "1.5GiB",
        "-1",
        "+1",
        " 1",
        "1 GiB",
        "1PiB",
        "0x10",
        "_1",
        "1_",
        "1__0",
        "١",
        "9223372036854775808"
      })
  void refusesWhatIsNoSize(String text) {
    Exception e = assertThrows(InvalidValueException.class, () -> Numbers.size(text));
    assertEquals(
        "must be a size in bytes, such as 65536, 64KiB, 32MiB, 1GiB or 1TiB", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"8388608TiB", "8589934592GiB", "9223372036854775807K"})
  void refusesSizesThatOverflow(String text) {
    Exception e = assertThrows(InvalidValueException.class, () -> Numbers.size(text));
    assertEquals("is too large: sizes end below 8388608TiB", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1000, 1000",
    "1024, 1KiB",
    "1025, 1025",
    "33554432, 32MiB",
    "1610612736, 1536MiB",
    "1125899906842624, 1024TiB"
  })
  void writesSizesInTheLargestUnitWithoutAFraction(long bytes, String text) throws Exception {
    assertEquals(text, Numbers.formatSize(bytes));
    assertEquals(bytes, Numbers.size(text));
  }

  @Test
  void readsTheLargestWholeNumberAndNoLarger() throws Exception {
    assertEquals(Long.MAX_VALUE, Numbers.whole("9223372036854775807", "no"));
    assertThrows(InvalidValueException.class, () -> Numbers.whole("9223372036854775808", "no"));
    assertThrows(InvalidValueException.class, () -> Numbers.whole("99999999999999999999", "no"));
  }
}
