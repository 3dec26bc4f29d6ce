package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.IoQueue;
import java.util.Arrays;

/**
 * The reads or writes of one turn, until they are sent: sorted, and merged where they adjoin.
 *
 * <p>As in virtio-blk, up to {@value #MOST} of one kind are gathered; then, or when the kind
 * changes, a flush comes or the turn ends, they go. Merged are requests whose blocks follow one
 * another, of the same durability, as far as one transfer reaches, and only where PRPs can express
 * it without copying: each but the last fills its pages. Belongs to the loop's thread; allocates
 * nothing on the steady path.
 */
final class TurnBatch {
  static final int MOST = 32;

  private final Submission submission;
  private final BlockDevice device;
  private final int blockSize;
  private final int pageMask;
  private final long mostBytes;
  private final long zoneBytes;
  private final BlockRequest[] requests = new BlockRequest[MOST];
  private BlockKind kind;
  private int count;
  private MergedCommand free;

  TurnBatch(Submission submission, BlockDevice device, IoQueue queue) {
    this.submission = submission;
    this.device = device;
    this.blockSize = device.namespace().blockSize();
    this.pageMask = device.namespace().controller().pageSize() - 1;
    this.zoneBytes = device.namespace().zoneBytes();
    this.mostBytes =
        Math.min(
            Math.min(
                device.namespace().controller().maxTransferBytes(),
                queue.pair().memory().maxTransfer()),
            65_536L * blockSize);
  }

  void add(BlockRequest request) {
    if (count == MOST || count > 0 && kind != request.kind) {
      submit();
    }
    kind = request.kind;
    requests[count++] = request;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Sends what has been gathered. */
  void submit() {
    int n = count;
    if (n == 0) {
      return;
    }
    count = 0;
    if (n == 1) {
      BlockRequest only = requests[0];
      requests[0] = null;
      submission.submitAlone(only);
      return;
    }
    sort(n);
    int start = 0;
    long bytes = blockBytes(requests[0]);
    for (int i = 1; i < n; i++) {
      long more = blockBytes(requests[i]);
      if (!adjoin(requests[i - 1], requests[i]) || bytes + more > mostBytes) {
        submit(start, i);
        start = i;
        bytes = 0;
      }
      bytes += more;
    }
    submit(start, n);
    Arrays.fill(requests, 0, n, null);
  }

  void give(MergedCommand command) {
    command.nextFree = free;
    free = command;
  }

  private void submit(int start, int end) {
    if (end - start == 1) {
      submission.submitAlone(requests[start]);
      return;
    }
    MergedCommand command = free;
    if (command == null) {
      command = new MergedCommand(device, this);
    } else {
      free = command.nextFree;
    }
    command.submit(requests, start, end);
  }

  private boolean adjoin(BlockRequest before, BlockRequest after) {
    return before.durable == after.durable
        && begin(before) + blockBytes(before) == begin(after)
        // Both start at a page of the arena; where pages are larger than its, look.
        && ((iova(before) + blockBytes(before) | iova(after)) & pageMask) == 0
        // No write may cross zones, and not every drive reads across them.
        && (zoneBytes == 0 || begin(after) % zoneBytes != 0);
  }

  private static long iova(BlockRequest request) {
    return request.buffer.iova() + request.memoryIndex;
  }

  /** First byte of the first block. */
  private long begin(BlockRequest request) {
    return request.offset & -(long) blockSize;
  }

  /** Bytes of all its blocks. */
  private long blockBytes(BlockRequest request) {
    return (request.offset + request.length + blockSize - 1 & -(long) blockSize) - begin(request);
  }

  /** By insertion: few, often in order already. */
  private void sort(int n) {
    for (int i = 1; i < n; i++) {
      BlockRequest request = requests[i];
      int at = i;
      while (at > 0 && requests[at - 1].offset > request.offset) {
        requests[at] = requests[at - 1];
        at--;
      }
      requests[at] = request;
    }
  }
}
