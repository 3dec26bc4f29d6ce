package dev.doorbell.linux;

/**
 * Advice to the kernel to back memory with huge pages (madvise, MADV_HUGEPAGE).
 *
 * <p>Random accesses to memory of many small pages miss the processor's translation cache, and in a
 * virtual machine each miss walks two page tables.
 */
public final class HugePages {
  private static final int MADV_HUGEPAGE = 14;
  private static final long PAGE = 4096;

  private HugePages() {}

  /**
   * Advises it for a range; does nothing where the kernel has no transparent huge pages.
   *
   * @param address of the first byte, rounded up to a page
   * @param length in bytes, rounded down to a page
   */
  public static void advise(long address, long length) {
    long start = address + PAGE - 1 & -PAGE;
    long end = address + length & -PAGE;
    if (start < end) {
      // An error is no failure: the memory stays as it is.
      LibC.API.madvise(start, end - start, MADV_HUGEPAGE);
    }
  }
}
