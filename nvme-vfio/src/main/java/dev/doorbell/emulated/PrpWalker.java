package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Status;

/**
 * Turns the PRP entries of a command into host memory (NVMe Base 1.4, 4.3). Guarded by the lock of
 * its queue.
 *
 * <p>PRP1 may begin within a page. If the data ends in the second page, PRP2 is that page; if it
 * goes on, PRP2 points to a list of pages, which may begin within a page and whose last slot in a
 * page points to the next list while more than one page is left.
 */
final class PrpWalker {
  private static final int ENTRY = 8;

  private final DmaWindow window;
  private final int pageSize;

  /**
   * @param pageSize memory page size in bytes, as CC.MPS chose it
   */
  PrpWalker(DmaWindow window, int pageSize) {
    this.window = window;
    this.pageSize = pageSize;
  }

  int pageSize() {
    return pageSize;
  }

  /**
   * Fills {@code out} with the memory of {@code bytes} bytes.
   *
   * @return a status; unless it is success, {@code out} is not to be used
   */
  int walk(long prp1, long prp2, int bytes, ScatterList out) {
    out.clear();
    int mask = pageSize - 1;
    if ((prp1 & 3) != 0) {
      return Status.PRP_OFFSET_INVALID | Status.DNR;
    }
    int first = Math.min(bytes, pageSize - ((int) prp1 & mask));
    if (!add(prp1, first, out)) {
      return Status.DATA_TRANSFER_ERROR | Status.DNR;
    }
    int left = bytes - first;
    if (left == 0) {
      return Status.SUCCESS;
    }
    if (left <= pageSize) {
      if ((prp2 & mask) != 0) {
        return Status.PRP_OFFSET_INVALID | Status.DNR;
      }
      return add(prp2, left, out) ? Status.SUCCESS : Status.DATA_TRANSFER_ERROR | Status.DNR;
    }
    return walkList(prp2, left, out);
  }

  private int walkList(long start, int bytes, ScatterList out) {
    int mask = pageSize - 1;
    long list = start;
    int left = bytes;
    if ((list & ENTRY - 1) != 0) {
      return Status.PRP_OFFSET_INVALID | Status.DNR;
    }
    while (true) {
      int slots = (pageSize - ((int) list & mask)) / ENTRY;
      int pages = (left + mask) / pageSize;
      boolean chained = pages > slots;
      int entries = chained ? slots : pages;
      IommuRegion region = window.find(list, entries * ENTRY);
      if (region == null) {
        return Status.DATA_TRANSFER_ERROR | Status.DNR;
      }
      int at = region.offset(list);
      int data = chained ? entries - 1 : entries;
      for (int i = 0; i < data; i++, at += ENTRY) {
        // Read once: the host may change it meanwhile, and what is checked must be what is used.
        long page = region.buffer.getLong(at);
        if ((page & mask) != 0) {
          return Status.PRP_OFFSET_INVALID | Status.DNR;
        }
        int length = Math.min(left, pageSize);
        if (!add(page, length, out)) {
          return Status.DATA_TRANSFER_ERROR | Status.DNR;
        }
        left -= length;
      }
      if (!chained) {
        return Status.SUCCESS;
      }
      // At least one page is left after a full list, and a list that begins at a page's start holds
      // hundreds of entries: the walk always ends.
      list = region.buffer.getLong(at);
      if ((list & mask) != 0) {
        return Status.PRP_OFFSET_INVALID | Status.DNR;
      }
    }
  }

  private boolean add(long iova, int length, ScatterList out) {
    IommuRegion region = window.find(iova, length);
    if (region == null) {
      return false;
    }
    out.add(region.buffer, region.address, region.offset(iova), length);
    return true;
  }
}
