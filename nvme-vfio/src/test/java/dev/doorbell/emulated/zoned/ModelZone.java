package dev.doorbell.emulated.zoned;

import dev.doorbell.nvme.spec.ZoneCondition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A zone as the model test sees it: the standard's rules once more, in the simplest words. */
final class ModelZone {
  /** A write from when it takes its blocks to when all before it have ended. */
  static final class Write {
    final ModelZone zone;
    final long id;
    long start;

    /** None of one that failed and has given them back. */
    int blocks;

    boolean durable;
    boolean transferred;
    boolean failed;
    boolean ended;

    Write(ModelZone zone, long start, int blocks, long id, boolean durable) {
      this.zone = zone;
      this.start = start;
      this.blocks = blocks;
      this.id = id;
      this.durable = durable;
    }
  }

  /** In {@link #ids}: a write took the block and failed, so that nobody knows. */
  static final long ANYTHING = -1;

  final long start;
  final long end;
  ZoneCondition condition;
  long taken;
  long pointer;
  boolean extensionValid;
  byte[] extension;

  /** When it became implicitly open, for the order of eviction. */
  long openedAt;

  /** What each block below {@code taken} was last written with, by its distance from the start. */
  final long[] ids;

  final List<Write> underWay = new ArrayList<>();

  ModelZone(long start, long capacity, ZoneCondition condition) {
    this.start = start;
    this.end = start + capacity;
    this.condition = condition;
    this.taken = start;
    this.pointer = start;
    this.ids = new long[(int) capacity];
  }

  /** A state that may be on disk; writes under way do not belong to it. */
  ModelZone copy() {
    ModelZone copy = new ModelZone(start, end - start, condition);
    copy.pointer = pointer;
    copy.taken = pointer;
    copy.extensionValid = extensionValid;
    copy.extension = extension;
    System.arraycopy(ids, 0, copy.ids, 0, ids.length);
    return copy;
  }

  void reset() {
    condition = ZoneCondition.EMPTY;
    taken = start;
    pointer = start;
    extensionValid = false;
    extension = null;
    Arrays.fill(ids, 0);
  }

  @Override
  public String toString() {
    return "zone at %d: %s, pointer %d, taken %d, extension %s"
        .formatted(start, condition, pointer, taken, extensionValid);
  }
}
