package dev.doorbell.nvme.spec;

import static dev.doorbell.nvme.spec.GoldenBytes.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class IdentifyControllerTest {
  private static final IdentifyController.Fields FIELDS =
      new IdentifyController.Fields(
          0x144D,
          "S0123",
          "Drive",
          "1.0",
          5,
          0x0102,
          0x0001_0400,
          4,
          8,
          0x0000_0103,
          0x00DE,
          true,
          256,
          2,
          "nqn.2014-08.org.nvmexpress:x");

  @Test
  void readsEveryFieldAtItsOffset() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyController.SIZE);
    GoldenBytes.put(b, 0, "4D 94"); // VID 944Dh
    GoldenBytes.put(b, 4, "53 4E 31 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 32"); // SN
    GoldenBytes.put(b, 24, "4D 4E" + "20".repeat(37) + "33"); // MN
    GoldenBytes.put(b, 64, "46 52 20 20 20 20 20 34"); // FR
    GoldenBytes.put(b, 77, "85"); // MDTS
    GoldenBytes.put(b, 78, "CD AB"); // CNTLID
    GoldenBytes.put(b, 80, "01 02 01 00"); // VER 1.2.1
    GoldenBytes.put(b, 258, "FF"); // ACL, zero-based
    GoldenBytes.put(b, 512, "66"); // SQES
    GoldenBytes.put(b, 513, "44"); // CQES
    GoldenBytes.put(b, 516, "04 03 02 01"); // NN
    GoldenBytes.put(b, 520, "5F 81"); // ONCS
    GoldenBytes.put(b, 525, "07"); // VWC: present, flush of all namespaces supported
    GoldenBytes.put(b, 526, "FF 00"); // AWUN, zero-based
    GoldenBytes.put(b, 528, "FF FF"); // AWUPF, zero-based
    GoldenBytes.put(b, 768, "6E 71 6E 2E 61 00"); // SUBNQN "nqn.a"

    assertEquals(0x944D, IdentifyController.vendorId(b, AT));
    assertEquals("SN1                2", IdentifyController.serialNumber(b, AT));
    assertEquals("MN" + " ".repeat(37) + "3", IdentifyController.modelNumber(b, AT));
    assertEquals("FR     4", IdentifyController.firmwareRevision(b, AT));
    assertEquals(0x85, IdentifyController.mdts(b, AT));
    assertEquals(0xABCD, IdentifyController.controllerId(b, AT));
    assertEquals(0x0001_0201, IdentifyController.version(b, AT));
    assertEquals(256, IdentifyController.abortLimit(b, AT));
    assertEquals(0x66, IdentifyController.submissionEntrySizes(b, AT));
    assertEquals(0x44, IdentifyController.completionEntrySizes(b, AT));
    assertEquals(0x0102_0304, IdentifyController.namespaceCount(b, AT));
    assertEquals(0x815F, IdentifyController.optionalCommands(b, AT));
    assertTrue(IdentifyController.volatileWriteCache(b, AT));
    assertEquals(256, IdentifyController.atomicWriteUnitNormal(b, AT));
    assertEquals(65_536, IdentifyController.atomicWriteUnitPowerFail(b, AT));
    assertEquals("nqn.a", IdentifyController.subsystemName(b, AT));
  }

  @Test
  void flushBehaviourBitsAloneAreNoWriteCache() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyController.SIZE);
    GoldenBytes.put(b, 525, "06");
    assertFalse(IdentifyController.volatileWriteCache(b, AT));
  }

  @Test
  void textEndsAtItsPaddingOrANul() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyController.SIZE);
    assertEquals("", IdentifyController.serialNumber(b, AT));
    GoldenBytes.put(b, 4, "41 42" + "20".repeat(18) + "43");
    assertEquals("AB", IdentifyController.serialNumber(b, AT));
  }

  @Test
  void writesEveryFieldAtItsOffset() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyController.SIZE);

    IdentifyController.write(b, AT, FIELDS);

    ByteBuffer golden = GoldenBytes.zeroed(IdentifyController.SIZE);
    GoldenBytes.put(golden, 0, "4D 14"); // VID
    GoldenBytes.put(golden, 2, "4D 14"); // SSVID
    GoldenBytes.put(golden, 4, "53 30 31 32 33" + "20".repeat(15)); // SN
    GoldenBytes.put(golden, 24, "44 72 69 76 65" + "20".repeat(35)); // MN
    GoldenBytes.put(golden, 64, "31 2E 30" + "20".repeat(5)); // FR
    GoldenBytes.put(golden, 77, "05"); // MDTS
    GoldenBytes.put(golden, 78, "02 01"); // CNTLID
    GoldenBytes.put(golden, 80, "00 04 01 00"); // VER 1.4.0
    GoldenBytes.put(golden, 258, "03"); // ACL
    GoldenBytes.put(golden, 259, "07"); // AERL
    GoldenBytes.put(golden, 512, "66"); // SQES: required 64, largest 64
    GoldenBytes.put(golden, 513, "44"); // CQES: required 16, largest 16
    GoldenBytes.put(golden, 516, "03 01 00 00"); // NN
    GoldenBytes.put(golden, 520, "DE 00"); // ONCS
    GoldenBytes.put(golden, 525, "01"); // VWC
    GoldenBytes.put(golden, 526, "FF 00"); // AWUN
    GoldenBytes.put(golden, 528, "01 00"); // AWUPF
    GoldenBytes.put(
        golden,
        768,
        "6E 71 6E 2E 32 30 31 34 2D 30 38 2E" // nqn.2014-08.
            + "6F 72 67 2E 6E 76 6D 65 78 70 72 65 73 73 3A 78"); // org.nvmexpress:x
    assertEquals(
        GoldenBytes.hex(golden, 0, IdentifyController.SIZE),
        GoldenBytes.hex(b, 0, IdentifyController.SIZE));
  }

  @Test
  void subsystemNameIsPaddedWithZeroBytesOverWhateverWasThere() {
    ByteBuffer b = GoldenBytes.dirty(IdentifyController.SIZE);

    IdentifyController.write(b, AT, FIELDS);

    assertEquals("nqn.2014-08.org.nvmexpress:x", IdentifyController.subsystemName(b, AT));
    assertEquals("78 00 00", GoldenBytes.hex(b, 768 + 27, 3));
    assertEquals("00 FF", GoldenBytes.hex(b, 1023, 2), "ends with its field");
  }
}
