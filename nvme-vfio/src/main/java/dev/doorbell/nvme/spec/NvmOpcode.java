package dev.doorbell.nvme.spec;

/** Opcodes and command bits of the NVM command set (NVMe Base 1.4, 6, figure 346). */
public final class NvmOpcode {
  public static final int FLUSH = 0x00;
  public static final int WRITE = 0x01;
  public static final int READ = 0x02;
  public static final int WRITE_UNCORRECTABLE = 0x04;
  public static final int COMPARE = 0x05;
  public static final int WRITE_ZEROES = 0x08;
  public static final int DATASET_MANAGEMENT = 0x09;
  public static final int VERIFY = 0x0C;
  public static final int COPY = 0x19;

  /** FUSE of dword 0, above the opcode: the first and the second command of a fused operation. */
  public static final int FUSE_FIRST = 0b01 << 8;

  public static final int FUSE_SECOND = 0b10 << 8;

  /** Force Unit Access, bit 30 of dword 12 of Read, Write, Write Zeroes, Compare, Verify, Copy. */
  public static final int CDW12_FUA = 1 << 30;

  /** Deallocate, bit 25 of dword 12 of Write Zeroes. */
  public static final int CDW12_DEALLOCATE = 1 << 25;

  /** The most blocks one Read or Write can name: NLB is 16 bits and zero-based. */
  public static final int MAX_BLOCKS = 1 << 16;

  private NvmOpcode() {}

  /** Dword 12 of Read and Write: the block count, held zero-based, and flags. */
  public static int cdw12(int blocks, int flags) {
    return blocks - 1 | flags;
  }

  /** Number of logical blocks of dword 12, 1 to 65 536. */
  public static int blocks(int cdw12) {
    return (cdw12 & 0xFFFF) + 1;
  }
}
