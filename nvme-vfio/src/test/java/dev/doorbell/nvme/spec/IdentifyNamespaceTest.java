package dev.doorbell.nvme.spec;

import static dev.doorbell.nvme.spec.GoldenBytes.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class IdentifyNamespaceTest {
  @Test
  void readsEveryFieldAtItsOffset() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyNamespace.SIZE);
    GoldenBytes.put(b, 0, "08 07 06 05 04 03 02 01"); // NSZE
    GoldenBytes.put(b, 8, "18 17 16 15 14 13 12 11"); // NCAP
    GoldenBytes.put(b, 25, "02"); // NLBAF: three formats
    GoldenBytes.put(b, 26, "12"); // FLBAS: format 2, metadata at the end of the block (bit 4)
    GoldenBytes.put(b, 33, "89"); // DLFEAT
    GoldenBytes.put(b, 99, "01"); // NSATTR
    GoldenBytes.put(b, 104, "00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF"); // NGUID
    GoldenBytes.put(b, 120, "01 23 45 67 89 AB CD EF"); // EUI64
    GoldenBytes.put(b, 128, "00 00 09 00"); // LBAF0: 512 bytes
    GoldenBytes.put(b, 132, "00 00 0C 00"); // LBAF1: 4096 bytes
    GoldenBytes.put(b, 136, "08 80 0C 03"); // LBAF2: MS 8008h, LBADS 12, RP 3

    assertEquals(0x0102_0304_0506_0708L, IdentifyNamespace.size(b, AT));
    assertEquals(0x1112_1314_1516_1718L, IdentifyNamespace.capacity(b, AT));
    assertEquals(12, IdentifyNamespace.lbaExponent(b, AT));
    assertEquals(0x8008, IdentifyNamespace.metadataSize(b, AT));
    assertEquals(0x89, IdentifyNamespace.deallocateFeatures(b, AT));
    assertTrue(IdentifyNamespace.writeProtected(b, AT));
    assertEquals(0x0011_2233_4455_6677L, IdentifyNamespace.nguidHigh(b, AT));
    assertEquals(0x8899_AABB_CCDD_EEFFL, IdentifyNamespace.nguidLow(b, AT));
    assertEquals(0x0123_4567_89AB_CDEFL, IdentifyNamespace.eui64(b, AT));
  }

  @Test
  void formatInUseIsTheOneThatFlbasNames() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyNamespace.SIZE);
    GoldenBytes.put(b, 128, "00 00 09 00");
    GoldenBytes.put(b, 128 + 15 * 4, "40 00 0D 01"); // LBAF15: MS 64, LBADS 13, RP 1

    assertEquals(9, IdentifyNamespace.lbaExponent(b, AT));
    assertEquals(0, IdentifyNamespace.metadataSize(b, AT));
    GoldenBytes.put(b, 26, "0F");
    assertEquals(13, IdentifyNamespace.lbaExponent(b, AT));
    assertEquals(64, IdentifyNamespace.metadataSize(b, AT));
    assertFalse(IdentifyNamespace.writeProtected(b, AT));
  }

  @Test
  void preferredSizesAreAsTheDriveSaysIfItSaysSo() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyNamespace.SIZE);
    GoldenBytes.put(b, 64, "07 00"); // NPWG
    GoldenBytes.put(b, 66, "0F 00"); // NPWA
    GoldenBytes.put(b, 68, "FF 00"); // NPDG
    GoldenBytes.put(b, 70, "01 00"); // NPDA
    GoldenBytes.put(b, 72, "FF FF"); // NOWS
    assertEquals(1, IdentifyNamespace.preferredWriteBlocks(b, AT));
    assertEquals(1, IdentifyNamespace.preferredDeallocateBlocks(b, AT));
    assertEquals(0, IdentifyNamespace.optimalWriteBlocks(b, AT));
    GoldenBytes.put(b, 24, "10"); // NSFEAT: OPTPERF
    assertEquals(8, IdentifyNamespace.preferredWriteBlocks(b, AT));
    assertEquals(256, IdentifyNamespace.preferredDeallocateBlocks(b, AT));
    assertEquals(65_536, IdentifyNamespace.optimalWriteBlocks(b, AT));

    ByteBuffer written = GoldenBytes.zeroed(IdentifyNamespace.SIZE);
    IdentifyNamespace.writePreferred(written, AT, 8, 16, 256);
    ByteBuffer golden = GoldenBytes.zeroed(IdentifyNamespace.SIZE);
    GoldenBytes.put(golden, 24, "10");
    GoldenBytes.put(golden, 64, "07 00 07 00 0F 00 0F 00 FF 00");
    assertEquals(
        GoldenBytes.hex(golden, 0, IdentifyNamespace.SIZE),
        GoldenBytes.hex(written, 0, IdentifyNamespace.SIZE));
  }

  @Test
  void writesEveryFieldAtItsOffset() {
    ByteBuffer b = GoldenBytes.zeroed(IdentifyNamespace.SIZE);

    IdentifyNamespace.write(b, AT, 0x4_0000, 12, true, 0x09, 0x0123_4567_89AB_CDEFL);

    ByteBuffer golden = GoldenBytes.zeroed(IdentifyNamespace.SIZE);
    GoldenBytes.put(golden, 0, "00 00 04 00 00 00 00 00"); // NSZE
    GoldenBytes.put(golden, 8, "00 00 04 00 00 00 00 00"); // NCAP
    GoldenBytes.put(golden, 16, "00 00 04 00 00 00 00 00"); // NUSE
    GoldenBytes.put(golden, 33, "09"); // DLFEAT
    GoldenBytes.put(golden, 99, "01"); // NSATTR
    GoldenBytes.put(golden, 120, "01 23 45 67 89 AB CD EF"); // EUI64, big-endian
    GoldenBytes.put(golden, 128, "00 00 0C 00"); // LBAF0: MS 0, LBADS 12
    assertEquals(
        GoldenBytes.hex(golden, 0, IdentifyNamespace.SIZE),
        GoldenBytes.hex(b, 0, IdentifyNamespace.SIZE));
  }
}
