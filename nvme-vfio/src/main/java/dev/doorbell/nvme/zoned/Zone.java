package dev.doorbell.nvme.zoned;

import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.spec.ZoneDescriptor;

/**
 * A zone as a report told of it.
 *
 * @param index from 0
 * @param attributes as {@link ZoneDescriptor#attributes} has them
 * @param capacity blocks that can be written
 * @param start first LBA
 * @param writePointer the LBA to be written next; {@link ZoneDescriptor#NO_WRITE_POINTER} in a
 *     condition that has none
 */
public record Zone(
    int index,
    ZoneCondition condition,
    int attributes,
    long capacity,
    long start,
    long writePointer) {
  /** Whether {@link #writePointer} means something. */
  public boolean hasWritePointer() {
    return condition.writable();
  }

  /** Whether its descriptor extension is valid. */
  public boolean extended() {
    return (attributes & ZoneDescriptor.ATTRIBUTE_EXTENSION_VALID) != 0;
  }
}
