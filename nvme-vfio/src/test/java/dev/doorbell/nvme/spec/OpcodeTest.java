package dev.doorbell.nvme.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OpcodeTest {
  @Test
  void adminOpcodes() {
    assertEquals(0x00, AdminOpcode.DELETE_IO_SQ);
    assertEquals(0x01, AdminOpcode.CREATE_IO_SQ);
    assertEquals(0x02, AdminOpcode.GET_LOG_PAGE);
    assertEquals(0x04, AdminOpcode.DELETE_IO_CQ);
    assertEquals(0x05, AdminOpcode.CREATE_IO_CQ);
    assertEquals(0x06, AdminOpcode.IDENTIFY);
    assertEquals(0x08, AdminOpcode.ABORT);
    assertEquals(0x09, AdminOpcode.SET_FEATURES);
    assertEquals(0x0A, AdminOpcode.GET_FEATURES);
    assertEquals(0x0C, AdminOpcode.ASYNC_EVENT_REQUEST);
  }

  @Test
  void nvmOpcodes() {
    assertEquals(0x00, NvmOpcode.FLUSH);
    assertEquals(0x01, NvmOpcode.WRITE);
    assertEquals(0x02, NvmOpcode.READ);
    assertEquals(0x04, NvmOpcode.WRITE_UNCORRECTABLE);
    assertEquals(0x05, NvmOpcode.COMPARE);
    assertEquals(0x08, NvmOpcode.WRITE_ZEROES);
    assertEquals(0x09, NvmOpcode.DATASET_MANAGEMENT);
    assertEquals(0x0C, NvmOpcode.VERIFY);
  }

  @Test
  void blockCountIsZeroBasedBesideTheFlags() {
    assertEquals(0x0000_0000, NvmOpcode.cdw12(1, 0));
    assertEquals(0x4000_0007, NvmOpcode.cdw12(8, 0x4000_0000));
    assertEquals(0x4000_FFFF, NvmOpcode.cdw12(65_536, NvmOpcode.CDW12_FUA));
    assertEquals(1, NvmOpcode.blocks(0xFFFF_0000));
    assertEquals(65_536, NvmOpcode.blocks(0x4000_FFFF));
    assertEquals(65_536, NvmOpcode.MAX_BLOCKS);
  }
}
