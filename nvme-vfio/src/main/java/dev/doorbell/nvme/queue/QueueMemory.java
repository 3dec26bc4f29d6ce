package dev.doorbell.nvme.queue;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;

/**
 * The memory of one queue pair, mapped as one block.
 *
 * <pre>
 *   [ submission queue | completion queue | PRP lists, pagesPerSlot pages for each slot ]
 * </pre>
 *
 * <p>Each part starts at a page of the controller.
 */
public final class QueueMemory {
  private final DmaMapper mapper;
  private final DmaMemory memory;
  private final long iova;
  private final int entries;
  private final int pageSize;
  private final int listPagesPerSlot;
  private final int completionOffset;
  private final int listsOffset;

  private QueueMemory(DmaMapper mapper, int entries, int pageSize, int maxTransfer) {
    this.mapper = mapper;
    this.entries = entries;
    this.pageSize = pageSize;
    this.listPagesPerSlot = PrpBuilder.listPagesFor(maxTransfer, pageSize);
    this.completionOffset = roundUp(entries * SubmissionEntry.SIZE, pageSize);
    this.listsOffset = completionOffset + roundUp(entries * CompletionEntry.SIZE, pageSize);
    long bytes = bytes(entries, pageSize, maxTransfer);
    if (bytes > 1 << 30) {
      throw new IllegalArgumentException(
          "a queue of %d entries with transfers of %d bytes needs %d bytes of lists; lower either"
              .formatted(entries, maxTransfer, bytes));
    }
    this.memory = DmaMemory.allocate((int) bytes, pageSize);
    this.iova = mapper.map(memory);
    if ((iova & pageSize - 1) != 0) {
      mapper.unmap(iova);
      throw new DmaException(
          "queue memory mapped at 0x%x, which is no multiple of the controller's page of %d bytes"
              .formatted(iova, pageSize));
    }
  }

  /**
   * Allocates and maps the memory of a queue pair.
   *
   * @param entries of each queue, 2 to 65 536
   * @param pageSize the controller's memory page size in bytes
   * @param maxTransfer the largest transfer of one command in bytes: decides the size of its list
   * @throws DmaException if it cannot be mapped, or not at a page of the controller
   */
  public static QueueMemory allocate(DmaMapper mapper, int entries, int pageSize, int maxTransfer) {
    if (entries < 2 || entries > 1 << 16) {
      throw new IllegalArgumentException("entries: " + entries + ", allowed: 2 to 65536");
    }
    return new QueueMemory(mapper, entries, pageSize, maxTransfer);
  }

  /** What {@link #allocate} with the same arguments takes, in bytes. */
  public static long bytes(int entries, int pageSize, int maxTransfer) {
    return roundUp(entries * SubmissionEntry.SIZE, pageSize)
        + roundUp(entries * CompletionEntry.SIZE, pageSize)
        + (long) (entries - 1) * PrpBuilder.listPagesFor(maxTransfer, pageSize) * pageSize;
  }

  /** Takes the device's access away; the controller no longer uses the queues. */
  public void unmap() {
    mapper.unmap(iova);
  }

  /** Empties both rings; the controller does not use them. */
  void clearRings() {
    for (int i = 0; i < listsOffset; i += Long.BYTES) {
      memory.buffer().putLong(i, 0);
    }
  }

  public long submissionIova() {
    return iova;
  }

  public long completionIova() {
    return iova + completionOffset;
  }

  public int entries() {
    return entries;
  }

  /** The largest transfer in bytes whose list fits, wherever it starts in its first page. */
  public int maxTransfer() {
    int perPage = pageSize / PrpBuilder.ENTRY_SIZE;
    long pages = (long) (listPagesPerSlot - 1) * (perPage - 1) + perPage;
    return (int) Math.min(pages * pageSize, 1 << 30);
  }

  /** The controller's memory page size in bytes. */
  int pageSize() {
    return pageSize;
  }

  ByteBuffer buffer() {
    return memory.buffer();
  }

  int submissionOffset() {
    return 0;
  }

  int completionOffset() {
    return completionOffset;
  }

  PrpBuilder newPrpBuilder() {
    return new PrpBuilder(
        memory.buffer(), listsOffset, iova + listsOffset, pageSize, listPagesPerSlot);
  }

  private static int roundUp(int bytes, int unit) {
    return (bytes + unit - 1) / unit * unit;
  }
}
