package dev.doorbell.nvme.queue;

import dev.doorbell.dma.DmaBuffer;
import io.netty.buffer.ByteBuf;

/**
 * A Read, Write, Flush or other command with data through an {@link IoQueue}: a command that knows
 * its buffer.
 *
 * <p>The buffer is the caller's; it must stay untouched until {@link #done}.
 */
public abstract class BlockCommand extends Command {
  ByteBuf buffer;
  int bufferIndex;
  int bytes;

  /** Stands in for {@link #buffer} where that one is not reachable by the device; or null. */
  DmaBuffer bounce;

  /** Maps {@link #buffer} for as long as the command lasts; made by the first that needs it. */
  MappedTransfer mapping;

  boolean read;

  private long result;

  /**
   * Called once on the owner thread when the command has completed; must not throw.
   *
   * @param status as {@link dev.doorbell.nvme.spec.Status} reads it; 0 is success
   */
  protected abstract void done(int status);

  /** Dwords 0 and 1 of the completion, from {@link #done} on: of a Zone Append, the LBA written. */
  protected final long result() {
    return result;
  }

  /** Takes over the result of a command that was submitted on behalf of this one. */
  protected final void result(long of) {
    result = of;
  }

  @Override
  protected final void completed(int status, long result) {
    if (bounce != null && read && status == 0) {
      // As a ByteBuffer: Netty's copy between two ByteBufs makes objects.
      buffer.setBytes(bufferIndex, bounce.internalNioBuffer(0, bytes));
    }
    takeBack();
    this.result = result;
    done(status);
  }

  /** Lets go of the memory: the device no longer uses it, or never came to. */
  final void takeBack() {
    DmaBuffer stand = bounce;
    buffer = null;
    if (stand != null) {
      bounce = null;
      stand.release();
    }
    if (mapping != null) {
      mapping.end();
    }
  }
}
