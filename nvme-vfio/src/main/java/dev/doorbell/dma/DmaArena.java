package dev.doorbell.dma;

import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The buffers of one queue pair: one block of memory, mapped once, handed out in page-aligned
 * buffers of a power of two of pages.
 *
 * <p>{@link #allocate} is for the owner thread. A release on the owner thread is immediate; one on
 * another thread is queued and taken back at the owner's next allocation. Buffer objects are made
 * once and reused, so that the steady path allocates nothing; the last released buffer of a size is
 * handed out first, while the processor's caches still hold it.
 */
public final class DmaArena {
  /** Freed buffers kept aside per size before they go back to the tree. */
  private static final int CACHED_PER_ORDER = 256;

  private final DmaMemory memory;
  private final DmaMapper mapper;
  private final long iova;
  private final int maxOrder;
  private final BuddyTree tree;
  private final DmaBuffer[][] buffers;
  private final DmaBuffer[][] cached;
  private final int[] cachedCount;
  private final ConcurrentLinkedQueue<DmaBuffer> releasedElsewhere = new ConcurrentLinkedQueue<>();

  private volatile Thread owner = Thread.currentThread();
  private volatile boolean anyReleasedElsewhere;
  private long releases;
  private int pagesInUse;

  /**
   * @param memory a power of two of bytes, at least one page; must stay mapped while any buffer is
   *     in use
   * @param iova where the device sees it, page-aligned
   */
  public DmaArena(DmaMemory memory, long iova) {
    this(memory, iova, null);
  }

  /**
   * @param mapper what made the memory reachable: every queue of the same device can use the
   *     buffers; null if only the arena's own queue shall
   */
  public DmaArena(DmaMemory memory, long iova, DmaMapper mapper) {
    if (Integer.bitCount(memory.size()) != 1) {
      throw new IllegalArgumentException(
          "arena of " + memory.size() + " bytes: the size must be a power of two");
    }
    if ((iova & DmaMemory.PAGE_SIZE - 1) != 0) {
      throw new IllegalArgumentException("iova not page-aligned: 0x" + Long.toHexString(iova));
    }
    this.memory = memory;
    this.mapper = mapper;
    this.iova = iova;
    this.maxOrder = Integer.numberOfTrailingZeros(memory.size() / DmaMemory.PAGE_SIZE);
    this.tree = new BuddyTree(maxOrder);
    this.buffers = new DmaBuffer[maxOrder + 1][];
    this.cached = new DmaBuffer[maxOrder + 1][];
    this.cachedCount = new int[maxOrder + 1];
    for (int order = 0; order <= maxOrder; order++) {
      buffers[order] = new DmaBuffer[1 << maxOrder - order];
      cached[order] = new DmaBuffer[Math.min(CACHED_PER_ORDER, buffers[order].length)];
    }
  }

  /** Makes {@code thread} the owner; called by the old owner, or before the arena is first used. */
  public void setOwner(Thread thread) {
    owner = thread;
  }

  /**
   * Takes a buffer of at least {@code bytes}.
   *
   * @param bytes 1 to {@link #size}
   * @return the buffer, its content undefined, or null while no memory that large is free: try
   *     again after {@link #releases} moved
   */
  public DmaBuffer allocate(int bytes) {
    assert Thread.currentThread() == owner : "not the owner: " + Thread.currentThread();
    if (bytes <= 0 || bytes > memory.size()) {
      throw new IllegalArgumentException("bytes: " + bytes + ", allowed: 1 to " + memory.size());
    }
    if (anyReleasedElsewhere) {
      takeBackFromOtherThreads();
    }
    int order = orderOf(bytes);
    int count = cachedCount[order];
    if (count > 0) {
      DmaBuffer buffer = cached[order][count - 1];
      cachedCount[order] = count - 1;
      pagesInUse += 1 << order;
      return buffer.renew();
    }
    int page = tree.allocate(order);
    if (page < 0) {
      page = afterEmptyingCaches(order);
    }
    if (page < 0) {
      return null;
    }
    pagesInUse += 1 << order;
    DmaBuffer buffer = buffers[order][page >> order];
    return (buffer != null ? buffer : create(page, order)).renew();
  }

  /** Moves at every release: whoever waits for memory need not look again before it does. */
  public long releases() {
    if (anyReleasedElsewhere) {
      takeBackFromOtherThreads();
    }
    return releases;
  }

  /** What made the memory reachable, or null. */
  public DmaMapper mapper() {
    return mapper;
  }

  /** Whether a device that reaches the buffers of {@code other} reaches these, too. */
  public boolean sharesDevice(DmaArena other) {
    return other == this || mapper != null && mapper == other.mapper;
  }

  /** Size in bytes. */
  public int size() {
    return memory.size();
  }

  /** Bytes handed out now, in whole buffers; read by other threads as an estimate. */
  public long bytesInUse() {
    return (long) pagesInUse * DmaMemory.PAGE_SIZE;
  }

  /** Called by the last release of a buffer, on any thread. */
  void takeBack(DmaBuffer buffer) {
    if (Thread.currentThread() == owner) {
      takeBackHere(buffer);
    } else {
      releasedElsewhere.add(buffer);
      anyReleasedElsewhere = true;
    }
  }

  private void takeBackHere(DmaBuffer buffer) {
    int order = buffer.sizeOrder();
    pagesInUse -= 1 << order;
    releases++;
    int count = cachedCount[order];
    if (count < cached[order].length) {
      cached[order][count] = buffer;
      cachedCount[order] = count + 1;
    } else {
      tree.release(pageOf(buffer), order);
    }
  }

  private void takeBackFromOtherThreads() {
    // Cleared first: a buffer added after the queue was seen empty sets it again.
    anyReleasedElsewhere = false;
    for (DmaBuffer b = releasedElsewhere.poll(); b != null; b = releasedElsewhere.poll()) {
      takeBackHere(b);
    }
  }

  /** Cached buffers of other sizes may be what keeps a block from being whole. */
  private int afterEmptyingCaches(int order) {
    for (int other = 0; other <= maxOrder; other++) {
      while (cachedCount[other] > 0) {
        DmaBuffer buffer = cached[other][--cachedCount[other]];
        tree.release(pageOf(buffer), other);
      }
    }
    return tree.allocate(order);
  }

  private DmaBuffer create(int page, int order) {
    int offset = page * DmaMemory.PAGE_SIZE;
    DmaBuffer buffer =
        new DmaBuffer(
            this,
            memory.buffer().slice(offset, DmaMemory.PAGE_SIZE << order),
            iova + offset,
            memory.address() + offset,
            order);
    buffers[order][page >> order] = buffer;
    return buffer;
  }

  private int pageOf(DmaBuffer buffer) {
    return (int) ((buffer.iova() - iova) / DmaMemory.PAGE_SIZE);
  }

  private static int orderOf(int bytes) {
    int pages = (bytes + DmaMemory.PAGE_SIZE - 1) / DmaMemory.PAGE_SIZE;
    return 32 - Integer.numberOfLeadingZeros(pages - 1);
  }
}
