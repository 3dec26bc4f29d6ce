package dev.doorbell.nvme.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class IdentifyTest {
  @Test
  void selectors() {
    assertEquals(0x00, Identify.CNS_NAMESPACE);
    assertEquals(0x01, Identify.CNS_CONTROLLER);
    assertEquals(0x02, Identify.CNS_ACTIVE_NAMESPACES);
    assertEquals(0x03, Identify.CNS_NAMESPACE_DESCRIPTORS);
    assertEquals(0x1, Identify.NIDT_EUI64);
    assertEquals(0x2, Identify.NIDT_NGUID);
    assertEquals(0x3, Identify.NIDT_UUID);
    assertEquals(0xFFFF_FFFF, Identify.NSID_ALL);
    assertEquals(4096, Identify.SIZE);
  }

  @Test
  void selectorIsTheLowByteOfDword10() {
    // dword 10: CNTID 31:16 = ABCDh, CNS 7:0 = 12h
    assertEquals(0x12, Identify.cns(0xABCD_0012));
  }
}
