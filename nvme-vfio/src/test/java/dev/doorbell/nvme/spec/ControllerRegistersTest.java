package dev.doorbell.nvme.spec;

import static dev.doorbell.nvme.spec.ControllerRegisters.completionDoorbell;
import static dev.doorbell.nvme.spec.ControllerRegisters.submissionDoorbell;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ControllerRegistersTest {
  /**
   * A consumer drive.
   *
   * <pre>
   *   3FFFh  MQES 15:0    16384 entries
   *     03h  CQR 16 = 1, AMS 18:17 = 01b
   *     3Ch  TO 31:24     60 * 500 ms
   *     30h  DSTRD 35:32 = 0, NSSRS 36 = 1, CSS 44:37 = 01h
   *          MPSMIN 51:48 = 0, MPSMAX 55:52 = 0
   * </pre>
   */
  private static final long CAP_DRIVE = 0x0000_0030_3C03_3FFFL;

  /**
   * A virtual controller: CSS with NVM and I/O command sets (bits 37 and 43), MPSMAX 4.
   *
   * <pre>
   *   07FFh MQES | 01h CQR | 0Fh TO | 820h: DSTRD 0, CSS 41h | 40h: MPSMIN 0, MPSMAX 4
   * </pre>
   */
  private static final long CAP_VIRTUAL = 0x0040_0820_0F01_07FFL;

  /** DSTRD 2, CQR 0, MPSMIN 1, MPSMAX Fh, CSS bit 7 (no I/O command set), MQES and TO full. */
  private static final long CAP_ODD = 0x00F1_1002_FF00_FFFFL;

  @Test
  void registerOffsets() {
    assertEquals(0x00, ControllerRegisters.CAP);
    assertEquals(0x08, ControllerRegisters.VS);
    assertEquals(0x0C, ControllerRegisters.INTMS);
    assertEquals(0x10, ControllerRegisters.INTMC);
    assertEquals(0x14, ControllerRegisters.CC);
    assertEquals(0x1C, ControllerRegisters.CSTS);
    assertEquals(0x20, ControllerRegisters.NSSR);
    assertEquals(0x24, ControllerRegisters.AQA);
    assertEquals(0x28, ControllerRegisters.ASQ);
    assertEquals(0x30, ControllerRegisters.ACQ);
    assertEquals(0x1000, ControllerRegisters.DOORBELLS);
  }

  @Test
  void decodesTheCapabilitiesOfADrive() {
    assertEquals(16_384, ControllerRegisters.capMaxQueueEntries(CAP_DRIVE));
    assertTrue(ControllerRegisters.capContiguousQueuesRequired(CAP_DRIVE));
    assertEquals(30_000, ControllerRegisters.capTimeoutMillis(CAP_DRIVE));
    assertEquals(4, ControllerRegisters.capDoorbellStride(CAP_DRIVE));
    assertEquals(0x01, ControllerRegisters.capCommandSets(CAP_DRIVE));
    assertEquals(4096, ControllerRegisters.capMinPageSize(CAP_DRIVE));
    assertEquals(4096, ControllerRegisters.capMaxPageSize(CAP_DRIVE));
  }

  @Test
  void decodesTheCapabilitiesOfAVirtualController() {
    assertEquals(2048, ControllerRegisters.capMaxQueueEntries(CAP_VIRTUAL));
    assertTrue(ControllerRegisters.capContiguousQueuesRequired(CAP_VIRTUAL));
    assertEquals(7500, ControllerRegisters.capTimeoutMillis(CAP_VIRTUAL));
    assertEquals(4, ControllerRegisters.capDoorbellStride(CAP_VIRTUAL));
    assertEquals(0x41, ControllerRegisters.capCommandSets(CAP_VIRTUAL));
    assertEquals(4096, ControllerRegisters.capMinPageSize(CAP_VIRTUAL));
    assertEquals(65_536, ControllerRegisters.capMaxPageSize(CAP_VIRTUAL));
  }

  @Test
  void decodesCapabilitiesAtTheirLimits() {
    assertEquals(65_536, ControllerRegisters.capMaxQueueEntries(CAP_ODD));
    assertFalse(ControllerRegisters.capContiguousQueuesRequired(CAP_ODD));
    assertEquals(127_500, ControllerRegisters.capTimeoutMillis(CAP_ODD));
    assertEquals(16, ControllerRegisters.capDoorbellStride(CAP_ODD));
    assertEquals(0x80, ControllerRegisters.capCommandSets(CAP_ODD));
    assertEquals(8192, ControllerRegisters.capMinPageSize(CAP_ODD));
    assertEquals(128 << 20, ControllerRegisters.capMaxPageSize(CAP_ODD));
  }

  @Test
  void buildsCapabilities() {
    assertEquals(0x0040_0820_0F01_07FFL, ControllerRegisters.cap(2048, 0x0F, 0, 0x41, 0, 4));
    assertEquals(0x00F1_1002_FF01_FFFFL, ControllerRegisters.cap(65_536, 0xFF, 2, 0x80, 1, 0xF));
  }

  @Test
  void buildsAndDecodesConfiguration() {
    // IOCQES 4 in 23:20, IOSQES 6 in 19:16, MPS 0 in 10:7, CSS 000b in 6:4, EN 0
    assertEquals(0x0046_0001, ControllerRegisters.ccEnabled(4096, ControllerRegisters.CSS_NVM));
    // MPS 4 -> 200h, CSS 110b -> 60h
    assertEquals(0x0046_0261, ControllerRegisters.ccEnabled(65_536, 0b110));

    assertEquals(65_536, ControllerRegisters.ccPageSize(0x0046_0261));
    assertEquals(4096, ControllerRegisters.ccPageSize(0x0046_0001));
    assertEquals(0b110, ControllerRegisters.ccCommandSet(0x0046_0261));
    assertEquals(6, ControllerRegisters.ccSubmissionEntryExponent(0x0046_0261));
    assertEquals(4, ControllerRegisters.ccCompletionEntryExponent(0x0046_0261));

    assertEquals(0x0000_0001, ControllerRegisters.CC_ENABLE);
    assertEquals(0x0000_0070, ControllerRegisters.CC_CSS_MASK);
    assertEquals(0x0000_0780, ControllerRegisters.CC_MPS_MASK);
    assertEquals(0x0000_C000, ControllerRegisters.CC_SHN_MASK);
    assertEquals(0x0000_4000, ControllerRegisters.CC_SHN_NORMAL);
    assertEquals(0x0000_8000, ControllerRegisters.CC_SHN_ABRUPT);
  }

  @Test
  void statusBits() {
    assertEquals(0x1, ControllerRegisters.CSTS_READY);
    assertEquals(0x2, ControllerRegisters.CSTS_FATAL);
    assertEquals(0xC, ControllerRegisters.CSTS_SHST_MASK);
    assertEquals(0x0, ControllerRegisters.CSTS_SHST_NORMAL);
    assertEquals(0x4, ControllerRegisters.CSTS_SHST_OCCURRING);
    assertEquals(0x8, ControllerRegisters.CSTS_SHST_COMPLETE);
  }

  @Test
  void adminQueueSizesAreZeroBased() {
    // ASQS 11:0, ACQS 27:16
    assertEquals(0x007F_001F, ControllerRegisters.aqa(32, 128));
    assertEquals(0x0FFF_0FFF, ControllerRegisters.aqa(4096, 4096));
    assertEquals(32, ControllerRegisters.aqaSubmissionEntries(0x007F_001F));
    assertEquals(128, ControllerRegisters.aqaCompletionEntries(0x007F_001F));
    assertEquals(4096, ControllerRegisters.aqaSubmissionEntries(0x0FFF_0FFF));
    assertEquals(4096, ControllerRegisters.aqaCompletionEntries(0x0FFF_0FFF));
    assertEquals(1, ControllerRegisters.aqaSubmissionEntries(0xF000_F000), "reserved bits");
    assertEquals(1, ControllerRegisters.aqaCompletionEntries(0xF000_F000), "reserved bits");
  }

  @Test
  void doorbellsOfStrideFour() {
    assertEquals(0x1000, submissionDoorbell(0, 4));
    assertEquals(0x1004, completionDoorbell(0, 4));
    assertEquals(0x1008, submissionDoorbell(1, 4));
    assertEquals(0x100C, completionDoorbell(1, 4));
    assertEquals(0x1018, submissionDoorbell(3, 4));
    assertEquals(0x101C, completionDoorbell(3, 4));
  }

  @Test
  void doorbellsOfStrideSixteen() {
    assertEquals(0x1000, submissionDoorbell(0, 16));
    assertEquals(0x1010, completionDoorbell(0, 16));
    assertEquals(0x1020, submissionDoorbell(1, 16));
    assertEquals(0x1030, completionDoorbell(1, 16));
    assertEquals(0x1060, submissionDoorbell(3, 16));
    assertEquals(0x1070, completionDoorbell(3, 16));
  }

  @Test
  void versionHasThreeParts() {
    // MJR 31:16, MNR 15:8, TER 7:0
    assertEquals("1.4.0", ControllerRegisters.version(0x0001_0400));
    assertEquals("1.2.1", ControllerRegisters.version(0x0001_0201));
  }
}
