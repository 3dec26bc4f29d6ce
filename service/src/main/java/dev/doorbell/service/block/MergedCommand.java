package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.spec.NvmOpcode;

/**
 * Adjacent reads or writes as one command, gathered from or scattered to their buffers; its status
 * is that of each. Belongs to the loop's thread; used again and again.
 */
final class MergedCommand extends Command {
  private final BlockDevice device;
  private final TurnBatch batch;
  private final BlockRequest[] requests = new BlockRequest[TurnBatch.MOST];
  private int count;
  MergedCommand nextFree;

  MergedCommand(BlockDevice device, TurnBatch batch) {
    this.device = device;
    this.batch = batch;
  }

  /** Sends requests {@code start} to {@code end} - 1 of {@code all}, which adjoin. */
  void submit(BlockRequest[] all, int start, int end) {
    count = end - start;
    System.arraycopy(all, start, requests, 0, count);
    BlockRequest first = requests[0];
    int blockSize = device.namespace().blockSize();
    long begin = first.offset / blockSize;
    BlockRequest last = requests[count - 1];
    long endBlock = (last.offset + last.length + blockSize - 1) / blockSize;
    IoQueue queue = device.queue().own();
    boolean write = first.kind == BlockKind.WRITE;
    boolean fua = write && first.durable && queue.writeCache().enabled();
    prepareTransfer(
        write ? NvmOpcode.WRITE : NvmOpcode.READ,
        device.namespace().id(),
        begin,
        (int) (endBlock - begin),
        fua ? NvmOpcode.CDW12_FUA : 0);
    for (int i = 0; i < count; i++) {
      BlockRequest request = requests[i];
      long from = request.offset & -(long) blockSize;
      long to = request.offset + request.length + blockSize - 1 & -(long) blockSize;
      addSegment(request.buffer.iova() + request.memoryIndex, (int) (to - from));
    }
    device.counters().add(first.kind, BlockCounters.Counter.MERGED, count - 1);
    queue.pair().submit(this);
  }

  @Override
  protected void completed(int status, long result) {
    int n = count;
    count = 0;
    for (int i = 0; i < n; i++) {
      BlockRequest request = requests[i];
      requests[i] = null;
      device.commandDone(request, status);
    }
    batch.give(this);
  }
}
