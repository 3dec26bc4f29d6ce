package dev.doorbell.nvme.queue;

import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;

/**
 * The least a controller can do: completes every announced command with success, in order, within
 * the doorbell write, without touching data or allocating.
 */
final class InstantController {
  private final int entries;
  private final ByteBuffer ring;
  private final int completionOffset;
  private int sqHead;
  private int cqTail;
  private int phase = 1;

  InstantController(QueueMemory memory) {
    this.entries = memory.entries();
    this.ring = memory.buffer();
    this.completionOffset = memory.completionOffset();
  }

  void ringTail(int tail) {
    while (sqHead != tail) {
      int cid = SubmissionEntry.cid(ring, sqHead * SubmissionEntry.SIZE);
      sqHead = sqHead + 1 == entries ? 0 : sqHead + 1;
      int offset = completionOffset + cqTail * CompletionEntry.SIZE;
      CompletionEntry.write(ring, offset, 0, sqHead, 1, cid, 0, phase);
      if (++cqTail == entries) {
        cqTail = 0;
        phase ^= 1;
      }
    }
  }

  void ringHead(int head) {}
}
