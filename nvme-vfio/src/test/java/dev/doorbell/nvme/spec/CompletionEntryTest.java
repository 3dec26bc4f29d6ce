package dev.doorbell.nvme.spec;

import static dev.doorbell.nvme.spec.GoldenBytes.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CompletionEntryTest {
  @Test
  void entryIs16Bytes() {
    assertEquals(16, CompletionEntry.SIZE);
    assertEquals(4, CompletionEntry.SIZE_EXPONENT);
  }

  @Test
  void readsASuccessOfPhaseOne() {
    ByteBuffer buffer = GoldenBytes.zeroed(CompletionEntry.SIZE);
    GoldenBytes.put(
        buffer,
        0,
        "78 56 34 12" // dword 0: result
            + "F0 DE BC 9A" // dword 1
            + "05 80 02 90" // dword 2: SQHD 8005h, SQID 9002h
            + "CD AB 01 00"); // dword 3: CID ABCDh, phase bit 16, status 0

    int dw3 = CompletionEntry.dw3Acquire(buffer, AT);
    assertEquals(0x0001_ABCD, dw3);
    assertEquals(1, CompletionEntry.phase(dw3));
    assertEquals(0xABCD, CompletionEntry.cid(dw3));
    assertEquals(Status.SUCCESS, CompletionEntry.status(dw3));
    assertEquals(0x1234_5678, CompletionEntry.result(buffer, AT));
    assertEquals(0x9ABC_DEF0_1234_5678L, CompletionEntry.result64(buffer, AT));
    assertEquals(0x8005, CompletionEntry.submissionQueueHead(buffer, AT));
    assertEquals(0x9002, CompletionEntry.submissionQueueId(buffer, AT));
  }

  @Test
  void readsAnErrorWithMoreAndDoNotRetry() {
    // dword 3: DNR 31, M 30, CRD 29:28 = 10b, SCT 27:25 = 2h, SC 24:17 = 81h, P 16 = 0, CID 7
    // 1 1 10 010 10000001 0 -> 1110 0101 0000 0010
    ByteBuffer buffer = GoldenBytes.zeroed(CompletionEntry.SIZE);
    GoldenBytes.put(buffer, 12, "07 00 02 E5");

    int dw3 = CompletionEntry.dw3Acquire(buffer, AT);
    assertEquals(0, CompletionEntry.phase(dw3));
    assertEquals(7, CompletionEntry.cid(dw3));
    int status = CompletionEntry.status(dw3);
    assertEquals(2, Status.sct(status));
    assertEquals(0x81, Status.sc(status));
    assertTrue(Status.more(status));
    assertTrue(Status.doNotRetry(status));
    assertEquals(Status.UNRECOVERED_READ_ERROR, Status.code(status));
  }

  @Test
  void writesTheBytesTheStandardWants() {
    ByteBuffer buffer = GoldenBytes.dirty(CompletionEntry.SIZE + 4);

    CompletionEntry.write(
        buffer,
        AT,
        0x9ABC_DEF0_1234_5678L,
        0x8005,
        0x9002,
        0xABCD,
        Status.LBA_OUT_OF_RANGE | Status.DNR,
        1);

    // dword 3, upper half: DNR 31, SCT 0, SC 80h in 24:17, P 16 -> 1000 0001 0000 0001
    assertEquals("78 56 34 12 F0 DE BC 9A 05 80 02 90 CD AB 01 81", GoldenBytes.hex(buffer, 0, 16));
    assertEquals("FF FF FF FF", GoldenBytes.hex(buffer, 16, 4), "bytes after the entry");
    assertEquals("FF FF FF FF", GoldenBytes.hex(buffer, -4, 4), "bytes before the entry");
  }

  @Test
  void phaseZeroAndFullStatusDoNotMix() {
    ByteBuffer buffer = GoldenBytes.dirty(CompletionEntry.SIZE);

    CompletionEntry.write(buffer, AT, 0, 0, 0, 0xFFFF, 0, 0);
    assertEquals("FF FF 00 00", GoldenBytes.hex(buffer, 12, 4));

    CompletionEntry.write(buffer, AT, 0, 0, 0, 0, 0x7FFF, 0);
    assertEquals("00 00 FE FF", GoldenBytes.hex(buffer, 12, 4));

    CompletionEntry.write(buffer, AT, 0, 0, 0, 0, 0, 1);
    assertEquals("00 00 01 00", GoldenBytes.hex(buffer, 12, 4));
  }
}
