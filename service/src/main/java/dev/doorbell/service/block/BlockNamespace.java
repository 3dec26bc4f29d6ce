package dev.doorbell.service.block;

import dev.doorbell.nvme.controller.ControllerInfo;
import dev.doorbell.nvme.controller.NamespaceInfo;

/**
 * A namespace as all event loops share it: geometry, and the lock that orders unaligned writes.
 *
 * <p>Immutable but for the lock; safe for use by any thread.
 */
public final class BlockNamespace {
  private final String name;
  private final ControllerInfo controller;
  private final NamespaceInfo info;
  private final int transfer;
  private final RangeLock rangeLock = new RangeLock();

  /**
   * @param name of the kernel's form, for example {@code nvme0n1}
   * @param transfer largest command in bytes that a long request is cut into, a power of two;
   *     lowered to what the controller takes
   */
  public BlockNamespace(String name, ControllerInfo controller, NamespaceInfo info, int transfer) {
    this.name = name;
    this.controller = controller;
    this.info = info;
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
    return info.id();
  }

  /** Capacity in bytes. */
  public long capacity() {
    return info.bytes();
  }

  /** Logical block size in bytes, a power of two. */
  public int blockSize() {
    return info.blockSize();
  }

  public boolean readOnly() {
    return info.writeProtected();
  }

  /** Bytes of one command of a long request, a power of two and a multiple of the block size. */
  public int transfer() {
    return transfer;
  }

  /**
   * Where the command that starts at {@code offset} ends at the latest: commands end at multiples
   * of {@link #transfer}, so that all but the first are aligned.
   */
  public long commandEnd(long offset, long end) {
    return Math.min(end, (offset & -(long) transfer) + transfer);
  }

  /** Whether a byte range starts and ends at logical blocks. */
  public boolean aligned(long offset, long length) {
    return ((offset | length) & blockSize() - 1) == 0;
  }

  RangeLock rangeLock() {
    return rangeLock;
  }
}
