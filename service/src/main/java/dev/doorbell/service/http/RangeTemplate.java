package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;

/**
 * A request for one byte range that stands for those like it, and the range of the one that matched
 * last. Belongs to one thread.
 */
abstract class RangeTemplate {
  /** Of {@link #end}: not a range that one command answers with 206 now. */
  static final long OTHER = -1;

  /** First byte of the range that matched last. */
  protected long first;

  /** Last byte of that range, which is not before the first. */
  protected long last;

  /** What is read. */
  protected BlockDevice device;

  final BlockDevice device() {
    return device;
  }

  final long first() {
    return first;
  }

  final long last() {
    return last;
  }

  /**
   * The byte after the last of the answer; {@link #OTHER} if there is none, or if it takes more
   * than one command, or is to come in small pieces.
   */
  final long end() {
    long end = Math.min(last + 1, device.namespace().capacity());
    boolean one =
        first < end
            && device.namespace().commandEnd(first, end) == end
            && !device.memory().scarce();
    return one ? end : OTHER;
  }
}
