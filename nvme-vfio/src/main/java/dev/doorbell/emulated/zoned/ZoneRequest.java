package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.ZoneAction;

/**
 * A write, append or management action on its way through a {@link ZoneTable}. The caller owns it,
 * sets it, hands it in, and may use it again once it has ended; nothing is allocated for it.
 */
public abstract class ZoneRequest {
  /** Next in whatever chain holds this; it is in one at most. */
  ZoneRequest next;

  ZoneAction action;

  /** First LBA: of a write, where it goes; of an append, from {@code begin} on, where it went. */
  long lba;

  int blocks;
  boolean append;

  /** First zone and the one after the last that it concerns. */
  int firstZone;

  int endZone;

  /** Of a management action: whether it concerns every zone in a fitting condition. */
  boolean all;

  /** For a descriptor extension: the bytes; else null. */
  byte[] extension;

  /** Of a write that has begun: its place among those of its zone, if there were others. */
  Zone.InFlight node;

  /** Of a write that has begun: whether it was the only one of its zone then. */
  boolean alone;

  /** Of a management action that had to wait: whether it has been done, and how it went. */
  boolean applied;

  int status;

  /** Requests that wait for the end of this management action, oldest first. */
  ZoneRequest waitingFirst;

  ZoneRequest waitingLast;

  /**
   * Sets a write.
   *
   * @param lba first block, within the namespace
   * @param blocks at least 1, within the namespace
   */
  public final void write(long lba, int blocks) {
    set(ZoneAction.WRITE, lba, blocks);
    append = false;
  }

  /**
   * Sets an append.
   *
   * @param zslba the zone's first block, within the namespace
   * @param blocks at least 1
   */
  public final void append(long zslba, int blocks) {
    set(ZoneAction.WRITE, zslba, blocks);
    append = true;
  }

  /**
   * Sets a management action on one zone, or on all.
   *
   * @param lba the zone's first block, within the namespace; any for all
   * @param extension for {@link ZoneAction#SET_DESCRIPTOR_EXTENSION} its bytes, else null
   */
  public final void manage(ZoneAction theAction, long lba, boolean all, byte[] extension) {
    set(theAction, lba, 0);
    append = false;
    this.all = all;
    this.extension = extension;
    applied = false;
    status = 0;
    waitingFirst = null;
    waitingLast = null;
  }

  /** Where a write or append goes, once it has begun. */
  public final long lba() {
    return lba;
  }

  /** Blocks of a write or append. */
  public final int blocks() {
    return blocks;
  }

  /** Whether it is a write or append, not a management action. */
  public final boolean writes() {
    return action == ZoneAction.WRITE;
  }

  /** Whether it empties zones. */
  public final boolean resets() {
    return action == ZoneAction.RESET;
  }

  /** Of a management action that had to wait: its status. */
  public final int status() {
    return status;
  }

  /** The next in a chain of released requests, which this leaves. */
  public final ZoneRequest unlink() {
    ZoneRequest following = next;
    next = null;
    return following;
  }

  private void set(ZoneAction theAction, long theLba, int theBlocks) {
    action = theAction;
    lba = theLba;
    blocks = theBlocks;
    all = false;
  }
}
