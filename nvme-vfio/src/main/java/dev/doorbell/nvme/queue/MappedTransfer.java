package dev.doorbell.nvme.queue;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporaryMappings.Outcome;
import dev.doorbell.dma.TemporaryRequest;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;

/** The foreign memory of one {@link BlockCommand}, mapped while it is under way. */
final class MappedTransfer extends TemporaryRequest {
  private final BlockCommand command;
  private IoQueue queue;
  private ByteBuf buffer;
  private int index;
  private int bytes;
  private boolean mapped;

  private MappedTransfer(BlockCommand command) {
    this.command = command;
  }

  /**
   * Maps the memory of a command that is prepared, and submits it; or lets it wait for that.
   *
   * @return false if the memory has to be copied: nothing was done
   */
  static boolean began(IoQueue queue, BlockCommand command, ByteBuf buffer, int index, int bytes) {
    if (bytes > queue.pair().memory().maxTransfer()) {
      return false;
    }
    DmaMemory memory = queue.temporary().candidate(buffer, index, bytes);
    if (memory == null) {
      return false;
    }
    MappedTransfer transfer = command.mapping;
    if (transfer == null) {
      transfer = new MappedTransfer(command);
      command.mapping = transfer;
    }
    return transfer.begin(queue, memory, buffer, index, bytes);
  }

  private boolean begin(IoQueue ofQueue, DmaMemory memory, ByteBuf ofBuffer, int at, int length) {
    queue = ofQueue;
    buffer = ofBuffer;
    index = at;
    bytes = length;
    clear();
    add(memory);
    Outcome outcome = queue.temporary().map(this);
    if (outcome == Outcome.MAPPED) {
      mapped = true;
      submit(iova(0));
    } else if (outcome == Outcome.REFUSED) {
      forget();
    }
    return outcome != Outcome.REFUSED;
  }

  @Override
  protected void ready(boolean isMapped) {
    mapped = isMapped;
    if (queue.pair().closed()) {
      end();
      command.done(Status.ABORTED_SQ_DELETION);
    } else if (!isMapped && bytes > queue.arena().size() || !submit(isMapped ? iova(0) : -1)) {
      end();
      command.done(HostStatus.NOT_SENT);
    }
  }

  private boolean submit(long iova) {
    return queue.submit(command, iova, buffer, index, bytes);
  }

  /** The command has ended, or never began. */
  void end() {
    IoQueue of = queue;
    boolean was = mapped;
    forget();
    if (was) {
      of.temporary().end();
    }
  }

  private void forget() {
    mapped = false;
    queue = null;
    buffer = null;
    clear();
  }
}
