package dev.doorbell.nvme.queue;

import java.nio.ByteBuffer;

/**
 * Builds the PRP entries of a command (NVMe Base 1.4, 4.3).
 *
 * <p>PRP1 is the first byte and may lie within a page; every later entry is the start of a page. No
 * more than two pages: PRP2 is the second. More: PRP2 is a list, in list pages that belong to the
 * command's slot; a list that fills its page goes on in the next, named by the last entry.
 *
 * <pre>
 *   PRP1 ──► data (offset allowed)
 *   PRP2 ──► list page 0: [ page, page, … , next list ] ──► list page 1: [ page, … ]
 * </pre>
 *
 * <p>List pages of one slot are contiguous. Belongs to the queue's owner thread; allocates nothing.
 */
final class PrpBuilder {
  static final int ENTRY_SIZE = 8;

  private final ByteBuffer lists;
  private final int listsOffset;
  private final long listsIova;
  private final int pageSize;
  private final int pageExponent;
  private final int pagesPerSlot;
  private final int entriesPerPage;
  private final long capacity;

  private long prp1;
  private long prp2;

  // State of the list under construction.
  private int slotOffset;
  private int entries;
  private int page;
  private int indexInPage;

  /**
   * @param lists memory that holds the list pages, little-endian
   * @param listsOffset where they start in it; page-aligned in the device's address space
   * @param listsIova where the device sees that start
   * @param pageSize the controller's memory page size in bytes
   * @param pagesPerSlot list pages of each slot, at least 1
   */
  PrpBuilder(ByteBuffer lists, int listsOffset, long listsIova, int pageSize, int pagesPerSlot) {
    this.lists = lists;
    this.listsOffset = listsOffset;
    this.listsIova = listsIova;
    this.pageSize = pageSize;
    this.pageExponent = Integer.numberOfTrailingZeros(pageSize);
    this.pagesPerSlot = pagesPerSlot;
    this.entriesPerPage = pageSize / ENTRY_SIZE;
    // Every list page but the last gives one entry to the chain.
    this.capacity = (long) (pagesPerSlot - 1) * (entriesPerPage - 1) + entriesPerPage;
  }

  /** List pages that a transfer of {@code bytes} may need, wherever it starts in its first page. */
  static int listPagesFor(int bytes, int pageSize) {
    int perPage = pageSize / ENTRY_SIZE;
    // Entries beyond PRP1 when the data starts at the end of a page; a full page chains, which
    // costs its last entry.
    int entries = (bytes + pageSize - 1) / pageSize;
    return entries <= perPage ? 1 : 1 + (entries - 2) / (perPage - 1);
  }

  /** Says why a command is not accepted. */
  IllegalArgumentException refusal(Command command, int maxTransfer) {
    return new IllegalArgumentException(
        ("data not representable in PRPs: %d bytes at 0x%x and %d further segments; it must start at"
                + " a multiple of 4, all segments but the first must start and all but the last end"
                + " at a page boundary, and a transfer may have %d bytes")
            .formatted(command.length, command.iova, command.moreSegments, maxTransfer));
  }

  /** Whether {@code command}'s memory can be expressed: checked once, before it may wait. */
  boolean accepts(Command command) {
    int length = command.length;
    if (length <= 0) {
      return length == 0;
    }
    long iova = command.iova;
    if ((iova & 3) != 0) {
      return false;
    }
    long needed = pagesBeyond(iova, length);
    long end = iova + length;
    for (int i = 0; i < command.moreSegments; i++) {
      long start = command.segmentIova[i];
      if (((end | start) & pageSize - 1) != 0 || command.segmentLength[i] <= 0) {
        return false;
      }
      needed += 1 + pagesBeyond(start, command.segmentLength[i]);
      end = start + command.segmentLength[i];
    }
    return needed <= capacity;
  }

  /** Builds the entries of {@code command}, which {@link #accepts} took, for {@code slot}. */
  void build(int slot, Command command) {
    int length = command.length;
    long iova = command.iova;
    int room = pageSize - (int) (iova & pageSize - 1);
    prp1 = length == 0 ? 0 : iova;
    prp2 = 0;
    if (length <= room && command.moreSegments == 0) {
      return;
    }
    slotOffset = listsOffset + slot * pagesPerSlot * pageSize;
    entries = 0;
    page = 0;
    indexInPage = 0;
    addPages(iova + room, length - room);
    for (int i = 0; i < command.moreSegments; i++) {
      addPages(command.segmentIova[i], command.segmentLength[i]);
    }
    if (entries == 1) {
      prp2 = lists.getLong(slotOffset);
    } else if (entries > 1) {
      prp2 = listsIova + (slotOffset - listsOffset);
    }
  }

  long prp1() {
    return prp1;
  }

  long prp2() {
    return prp2;
  }

  /** Pages that a segment touches beyond its first. */
  private long pagesBeyond(long iova, int length) {
    // A shift: the division was among the dearest instructions of a small command.
    return (iova & pageSize - 1) + length - 1 >>> pageExponent;
  }

  private void addPages(long start, int length) {
    long iova = start;
    for (int left = length; left > 0; left -= pageSize) {
      if (indexInPage == entriesPerPage) {
        chain();
      }
      lists.putLong(slotOffset + page * pageSize + indexInPage * ENTRY_SIZE, iova);
      indexInPage++;
      entries++;
      iova += pageSize;
    }
  }

  /** The list page is full and one more entry comes: its last entry moves to the next page. */
  private void chain() {
    int last = slotOffset + page * pageSize + (entriesPerPage - 1) * ENTRY_SIZE;
    int nextPage = slotOffset + (page + 1) * pageSize;
    lists.putLong(nextPage, lists.getLong(last));
    lists.putLong(last, listsIova + (nextPage - listsOffset));
    page++;
    indexInPage = 1;
  }
}
