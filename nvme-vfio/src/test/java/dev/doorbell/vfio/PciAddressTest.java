package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PciAddressTest {
  @Test
  void readsAllFieldsAsHexadecimal() {
    assertEquals(
        Optional.of(new PciAddress(0x10AF, 0xC3, 0x1F, 7)), PciAddress.parse("10af:C3:1f.7"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000:01:00.0", "ffff:ff:1f.7"})
  void writesWhatItReads(String text) {
    assertEquals(text, PciAddress.parse(text).orElseThrow().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "01:00.0",
        "0:01:00.0",
        "0000:1:00.0",
        "0000:01:0.0",
        "0000:01:00",
        "0000:01:00.",
        "0000:01:00.8",
        "0000:01:20.0",
        "0000:01:00.00",
        "0000-01:00.0",
        "0000:01:00:0",
        "g000:01:00.0",
        "+000:01:00.0",
        " 000:01:00.0",
        "00000:01:00.0",
        "0000:01:-1.0",
        "٠000:01:00.0"
      })
  void refusesAnythingElse(String text) {
    assertEquals(Optional.empty(), PciAddress.parse(text));
  }
}
