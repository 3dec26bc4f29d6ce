package dev.doorbell.nvme.queue;

import dev.doorbell.dma.DmaBuffer;
import io.netty.buffer.ByteBuf;

/**
 * A Read, Write or Flush through an {@link IoQueue}: a command that knows its buffer.
 *
 * <p>The buffer is the caller's; it must stay untouched until {@link #done}.
 */
public abstract class BlockCommand extends Command {
  ByteBuf buffer;
  int bufferIndex;
  int bytes;

  /** Stands in for {@link #buffer} where that one is not reachable by the device; or null. */
  DmaBuffer bounce;

  boolean read;

  /**
   * Called once on the owner thread when the command has completed; must not throw.
   *
   * @param status as {@link dev.doorbell.nvme.spec.Status} reads it; 0 is success
   */
  protected abstract void done(int status);

  @Override
  protected final void completed(int status, long result) {
    if (bounce != null && read && status == 0) {
      // As a ByteBuffer: Netty's copy between two ByteBufs makes objects.
      buffer.setBytes(bufferIndex, bounce.internalNioBuffer(0, bytes));
    }
    takeBack();
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
  }
}
