package dev.doorbell.nvme.zoned;

import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCommand;
import dev.doorbell.nvme.spec.ZoneCondition;
import io.netty.buffer.ByteBuf;

/**
 * The commands of the Zoned Namespace Command Set for one namespace on one I/O queue (revision 1.1,
 * 3.4).
 *
 * <p>A method that returns false has found no memory in the arena of the queue: nothing was done,
 * try again after {@link dev.doorbell.dma.DmaArena#releases} moved. Belongs to the owner thread of
 * the queue.
 */
public final class ZoneQueue {
  private final ZoneTransport queue;
  private final NamespaceInfo namespace;
  private final ZonedInfo info;
  private final int appendMaxBlocks;

  /**
   * @param namespace a zoned one
   */
  public ZoneQueue(IoQueue queue, NamespaceInfo namespace) {
    this(ZoneTransport.of(queue), namespace);
  }

  /** As above, on a queue that the commands find their own way to. */
  public ZoneQueue(ZoneTransport queue, NamespaceInfo namespace) {
    if (namespace.zoned() == null) {
      throw new IllegalArgumentException("namespace " + namespace.id() + " is not zoned");
    }
    this.queue = queue;
    this.namespace = namespace;
    this.info = namespace.zoned();
    this.appendMaxBlocks = info.appendMaxBytes() / namespace.blockSize();
  }

  public ZonedInfo info() {
    return info;
  }

  /**
   * Appends blocks to a zone; the controller says where they went: {@code command.result()} is then
   * their first LBA.
   *
   * @param blocks at least 1, together at most {@link ZonedInfo#appendMaxBytes}
   * @param buffer whose indices do not move
   * @param index of the first byte in it
   * @param fua whether the completion means that the data is durable (Force Unit Access)
   */
  public boolean append(
      BlockCommand command, int zone, int blocks, ByteBuf buffer, int index, boolean fua) {
    if (blocks <= 0 || blocks > appendMaxBlocks) {
      throw new IllegalArgumentException(
          "append of %d blocks; allowed are 1 to %d".formatted(blocks, appendMaxBlocks));
    }
    int flags = fua && queue.writeCacheEnabled() ? NvmOpcode.CDW12_FUA : 0;
    return queue.transferData(
        command,
        ZoneCommand.APPEND,
        namespace.id(),
        startOf(zone),
        NvmOpcode.cdw12(blocks, flags) & 0xFFFFFFFFL,
        blocks * namespace.blockSize(),
        false,
        buffer,
        index);
  }

  /** Opens, closes, finishes or resets a zone, or takes a read-only one offline. */
  public void manage(BlockCommand command, ZoneAction action, int zone) {
    send(command, action, startOf(zone), false);
  }

  /** As {@link #manage}, on every zone in a condition that fits (Select All). */
  public void manageAll(BlockCommand command, ZoneAction action) {
    send(command, action, 0, true);
  }

  /**
   * Sets the descriptor extension of an empty zone, which is then closed.
   *
   * @param buffer with {@link ZonedInfo#extensionBytes} bytes from {@code index} on
   */
  public boolean setDescriptorExtension(BlockCommand command, int zone, ByteBuf buffer, int index) {
    if (info.extensionBytes() == 0) {
      throw new IllegalArgumentException(
          "namespace " + namespace.id() + " has no descriptor extensions");
    }
    int cdw13 = ZoneCommand.sendCdw13(ZoneAction.SET_DESCRIPTOR_EXTENSION, false);
    return queue.transferData(
        command,
        ZoneCommand.MANAGEMENT_SEND,
        namespace.id(),
        startOf(zone),
        (long) cdw13 << 32,
        info.extensionBytes(),
        false,
        buffer,
        index);
  }

  /**
   * Reports zones, from {@code zone} on; {@link ZoneReport#read} reads what comes.
   *
   * @param only zones in this condition; null for all
   * @param extended whether descriptor extensions are wanted as well
   * @param partial whether the header counts the zones that fit, rather than all there are
   * @param buffer for the report, from {@code index} on
   * @param bytes of it, a multiple of 4, at least 64
   */
  public boolean report(
      BlockCommand command,
      int zone,
      ZoneCondition only,
      boolean extended,
      boolean partial,
      ByteBuf buffer,
      int index,
      int bytes) {
    int cdw13 =
        ZoneCommand.receiveCdw13(
            extended ? ZoneCommand.EXTENDED_REPORT : ZoneCommand.REPORT,
            only == null ? ZoneCommand.FILTER_ALL : ZoneCommand.filter(only),
            partial);
    return queue.transferData(
        command,
        ZoneCommand.MANAGEMENT_RECEIVE,
        namespace.id(),
        startOf(zone),
        ZoneCommand.dwords(bytes) & 0xFFFFFFFFL | (long) cdw13 << 32,
        bytes,
        true,
        buffer,
        index);
  }

  private void send(BlockCommand command, ZoneAction action, long lba, boolean all) {
    if (action.code() < 0 || action == ZoneAction.SET_DESCRIPTOR_EXTENSION) {
      throw new IllegalArgumentException("action: " + action + ", allowed: OPEN to OFFLINE");
    }
    queue.command(
        command,
        ZoneCommand.MANAGEMENT_SEND,
        namespace.id(),
        lba,
        (long) ZoneCommand.sendCdw13(action, all) << 32);
  }

  private long startOf(int zone) {
    if (zone < 0 || zone >= info.zones()) {
      throw new IllegalArgumentException("zone: " + zone + ", allowed: 0 to " + (info.zones() - 1));
    }
    return info.start(zone);
  }
}
