package dev.doorbell.service.block;

import dev.doorbell.nvme.controller.ControllerInfo;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.queue.CommandLimits;

/**
 * A namespace as all event loops share it: geometry, the lock that orders unaligned writes, and
 * {@link #control} over it. Its capacity may change while it is in use; safe for any thread.
 */
public final class BlockNamespace {
  private final String name;
  private final ControllerInfo controller;
  private final CommandLimits limits;
  private final int id;
  private final int blockSize;
  private final int transfer;
  private final long zoneBytes;
  private final RangeLock rangeLock = new RangeLock();
  private final NamespaceControl control;
  private volatile NamespaceInfo info;
  private boolean usable = true; // guarded by this

  /** Where requests must end: the capacity, or -1 when there is no namespace to speak of. */
  private volatile long limit;

  /**
   * @param name of the kernel's form, for example {@code nvme0n1}
   * @param transfer largest command in bytes that a long request is cut into, a power of two;
   *     lowered to what the controller takes
   */
  public BlockNamespace(String name, ControllerInfo controller, NamespaceInfo info, int transfer) {
    this(name, controller, info, null, transfer, BlockSettings.PLAIN);
  }

  /**
   * @param limits of its commands; null if it only reads, writes and flushes
   * @param settings to begin with
   */
  public BlockNamespace(
      String name,
      ControllerInfo controller,
      NamespaceInfo info,
      CommandLimits limits,
      int transfer,
      BlockSettings settings) {
    this.name = name;
    this.controller = controller;
    this.info = info;
    this.zoneBytes = info.zoned() == null ? 0 : info.zoned().zoneBlocks() * info.blockSize();
    this.limits = limits;
    this.id = info.id();
    this.blockSize = info.blockSize();
    this.limit = info.bytes();
    this.control = new NamespaceControl(this, settings);
    int most = Integer.highestOneBit(Math.min(transfer, controller.maxTransferBytes()));
    this.transfer = Math.max(most, info.blockSize());
  }

  public String name() {
    return name;
  }

  public ControllerInfo controller() {
    return controller;
  }

  public NamespaceInfo info() {
    return info;
  }

  public int id() {
    return id;
  }

  /** Capacity in bytes; may change at any time, 0 while the namespace cannot be used. */
  public long capacity() {
    return Math.max(0, limit);
  }

  /** Logical block size in bytes, a power of two. */
  public int blockSize() {
    return blockSize;
  }

  /** Whether what changes blocks is refused, by the drive or by choice. */
  public boolean readOnly() {
    return info.writeProtected() || control.settings().readOnly();
  }

  /** Settings, resumption, draining. */
  public NamespaceControl control() {
    return control;
  }

  /** What the drive takes in one command; null if only reads, writes and flushes are served. */
  public CommandLimits limits() {
    return limits;
  }

  /** Whether it is there, with the block size that it had at first. */
  public boolean available() {
    return limit >= 0;
  }

  /** Bytes of one command of a long request, a power of two and a multiple of the block size. */
  public int transfer() {
    return transfer;
  }

  /**
   * Where the command that starts at {@code offset} ends at the latest: commands end at multiples
   * of {@link #transfer}, so that all but the first are aligned, and at those of zones.
   */
  public long commandEnd(long offset, long end) {
    long stop = Math.min(end, (offset & -(long) transfer) + transfer);
    // Of a zone too: not every drive reads across zones, and none writes.
    return zoneBytes == 0 ? stop : Math.min(stop, offset - offset % zoneBytes + zoneBytes);
  }

  /** How its zones are; null for a conventional namespace. */
  public ZonedInfo zoned() {
    return info.zoned();
  }

  /** Bytes of the largest append, a multiple of the block size; 0 for a conventional namespace. */
  public int appendBytes() {
    ZonedInfo zones = info.zoned();
    return zones == null ? 0 : Math.max(blockSize, Math.min(zones.appendMaxBytes(), transfer));
  }

  /** Bytes from one zone's start to the next; 0 for a conventional namespace. */
  public long zoneBytes() {
    return zoneBytes;
  }

  /** Whether a byte range starts and ends at logical blocks. */
  public boolean aligned(long offset, long length) {
    return ((offset | length) & blockSize() - 1) == 0;
  }

  /** Where requests must end; -1 if there may be none. */
  long limit() {
    return limit;
  }

  /**
   * Takes in what the namespace has become.
   *
   * @return false if its block size is another: nothing of it can be used any more
   */
  public synchronized boolean update(NamespaceInfo now) {
    usable &= now.blockSize() == blockSize;
    if (usable) {
      info = now;
      limit = now.bytes();
    } else {
      limit = -1;
    }
    return usable;
  }

  /** Refuses requests until {@link #update}; those on their way end as the drive says. */
  public synchronized void lose() {
    limit = -1;
  }

  RangeLock rangeLock() {
    return rangeLock;
  }
}
