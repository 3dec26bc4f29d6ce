package dev.doorbell.nvme.spec;

import static dev.doorbell.nvme.spec.GoldenBytes.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SubmissionEntryTest {
  /** Read of 8 blocks from LBA 123456789ABh with FUA, CID 1234h, NSID 1, two data pages. */
  private static final String[] READ = {
    "02 00 34 12", // dword 0: OPC 02h, FUSE 00b, PSDT 00b, CID 1234h
    "01 00 00 00", // dword 1: NSID
    "00 00 00 00", // dword 2: reserved
    "00 00 00 00", // dword 3: reserved
    "00 00 00 00", // dword 4: MPTR
    "00 00 00 00", // dword 5
    "00 10 EF CD", // dword 6: PRP1 00000001CDEF1000h
    "01 00 00 00", // dword 7
    "00 20 EF CD", // dword 8: PRP2 00000001CDEF2000h
    "01 00 00 00", // dword 9
    "AB 89 67 45", // dword 10: SLBA 00000123456789ABh
    "23 01 00 00", // dword 11
    "07 00 00 40", // dword 12: NLB 7 (zero-based), FUA bit 30
    "00 00 00 00", // dword 13
    "00 00 00 00", // dword 14
    "00 00 00 00", // dword 15
  };

  @Test
  void entryIs64Bytes() {
    assertEquals(64, SubmissionEntry.SIZE);
    assertEquals(6, SubmissionEntry.SIZE_EXPONENT);
  }

  @Test
  void writesTheBytesOfAReadOverWhateverWasThere() {
    ByteBuffer buffer = GoldenBytes.dirty(SubmissionEntry.SIZE + 4);

    SubmissionEntry.write(
        buffer,
        AT,
        NvmOpcode.READ,
        0x1234,
        1,
        0x1_CDEF_1000L,
        0x1_CDEF_2000L,
        0x123_4567_89ABL,
        NvmOpcode.cdw12(8, NvmOpcode.CDW12_FUA),
        0);

    assertEquals(String.join(" ", READ), GoldenBytes.hex(buffer, 0, 64));
    assertEquals("FF FF FF FF", GoldenBytes.hex(buffer, 64, 4), "bytes after the entry");
    assertEquals("FF FF FF FF", GoldenBytes.hex(buffer, -4, 4), "bytes before the entry");
  }

  @Test
  void readsTheFieldsOfARead() {
    ByteBuffer buffer = GoldenBytes.zeroed(SubmissionEntry.SIZE);
    GoldenBytes.put(buffer, 0, String.join("", READ));

    assertEquals(0x02, SubmissionEntry.opcode(buffer, AT));
    assertEquals(0, SubmissionEntry.fuse(buffer, AT));
    assertEquals(0, SubmissionEntry.dataPointerType(buffer, AT));
    assertEquals(0x1234, SubmissionEntry.cid(buffer, AT));
    assertEquals(1, SubmissionEntry.nsid(buffer, AT));
    assertEquals(0, SubmissionEntry.metadataPointer(buffer, AT));
    assertEquals(0x1_CDEF_1000L, SubmissionEntry.prp1(buffer, AT));
    assertEquals(0x1_CDEF_2000L, SubmissionEntry.prp2(buffer, AT));
    assertEquals(0x123_4567_89ABL, SubmissionEntry.cdw10and11(buffer, AT));
    assertEquals(0x4000_0007, SubmissionEntry.cdw(buffer, AT, 12));
  }

  @Test
  void everyBitSetInOneFieldLeavesTheOthersAlone() {
    ByteBuffer buffer = GoldenBytes.zeroed(SubmissionEntry.SIZE);

    SubmissionEntry.write(buffer, AT, 0xFF, 0xFFFF, 0, 0, 0, 0, 0, 0);
    assertEquals("FF 00 FF FF 00 00 00 00", GoldenBytes.hex(buffer, 0, 8));

    SubmissionEntry.write(buffer, AT, 0, 0, 0xFFFF_FFFF, 0, 0, 0, 0, 0);
    assertEquals("00 00 00 00 FF FF FF FF 00 00 00 00", GoldenBytes.hex(buffer, 0, 12));

    SubmissionEntry.write(buffer, AT, 0, 0, 0, 0, 0, 0, 0x8877_6655_4433_2211L, 0);
    assertEquals("11 22 33 44 55 66 77 88", GoldenBytes.hex(buffer, 48, 8), "dwords 12 and 13");

    SubmissionEntry.write(buffer, AT, 0, 0, 0, 0, 0, 0, 0, 0x8877_6655_4433_2211L);
    assertEquals("11 22 33 44 55 66 77 88", GoldenBytes.hex(buffer, 56, 8), "dwords 14 and 15");
  }

  @Test
  void readsFlagsFromTheirBits() {
    ByteBuffer buffer = GoldenBytes.zeroed(SubmissionEntry.SIZE);
    // dword 0: OPC FFh, FUSE 10b in bits 9:8, PSDT 01b in bits 15:14, CID 8001h
    GoldenBytes.put(buffer, 0, "FF 42 01 80");
    GoldenBytes.put(buffer, 16, "08 07 06 05 04 03 02 81");

    assertEquals(0xFF, SubmissionEntry.opcode(buffer, AT));
    assertEquals(0b10, SubmissionEntry.fuse(buffer, AT));
    assertEquals(0b01, SubmissionEntry.dataPointerType(buffer, AT));
    assertEquals(0x8001, SubmissionEntry.cid(buffer, AT));
    assertEquals(0x8102_0304_0506_0708L, SubmissionEntry.metadataPointer(buffer, AT));

    GoldenBytes.put(buffer, 0, "00 81 00 00");
    assertEquals(0b01, SubmissionEntry.fuse(buffer, AT));
    assertEquals(0b10, SubmissionEntry.dataPointerType(buffer, AT));
  }
}
