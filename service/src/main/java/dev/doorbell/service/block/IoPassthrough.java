package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.spec.NvmOpcode;

/**
 * An I/O command that the service knows nothing of, on the queue that a loop uses. Nothing is
 * checked but what would harm the service itself, and whether the namespace may be changed; whoever
 * sends it answers for the rest. Belongs to the loop's thread.
 */
public final class IoPassthrough extends LoopCommand implements MemoryQueue.Waiter {
  /** Bits 1:0 of an opcode: data to the controller, from it, or neither (NVMe Base 1.4, 4.2). */
  public static final int DIRECTION = 0b11;

  public static final int TO_CONTROLLER = 0b01;
  public static final int FROM_CONTROLLER = 0b10;

  /**
   * A command.
   *
   * @param opcode 0 to FFh; says which way the data goes
   * @param cdw10and11 dword 10 in the lower, dword 11 in the upper half; the other likewise
   * @param out what the controller reads, or null
   * @param in how many bytes it gives, 0 for none; a multiple of 4
   */
  public record Request(int opcode, long cdw10and11, long cdw12and13, byte[] out, int in) {
    /**
     * Whether it may change the namespace, as far as its opcode tells: not if data comes from the
     * controller, nor if it is known to change nothing.
     */
    private boolean mayChange() {
      return (opcode & DIRECTION) != FROM_CONTROLLER
          && opcode != NvmOpcode.FLUSH
          && opcode != NvmOpcode.COMPARE
          && opcode != NvmOpcode.VERIFY;
    }

    private int bytes() {
      return out == null ? in : out.length;
    }
  }

  /** Takes what came of it. */
  public interface Done {
    /**
     * Called once, on the loop's thread.
     *
     * @param status 0, one of {@link BlockStatus}, or as {@link dev.doorbell.nvme.spec.Status}
     *     reads it
     * @param result dword 0 of the completion
     * @param data what the controller gave, if it succeeded; else empty
     */
    void done(int status, long result, byte[] data);
  }

  private static final byte[] NOTHING = {};

  private final BlockDevice device;
  private final Request request;
  private final Done then;
  private DmaBuffer memory;

  private IoPassthrough(BlockDevice device, Request request, Done then) {
    this.device = device;
    this.request = request;
    this.then = then;
  }

  /** Most bytes of data of one command. */
  public static int mostBytes(BlockNamespace namespace) {
    return namespace.transfer();
  }

  /** Sends a command to the namespace. */
  public static void send(BlockDevice device, Request request, Done then) {
    new IoPassthrough(device, request, then).start();
  }

  private void start() {
    if (refused()) {
      return;
    }
    device.submitPending();
    int id = device.namespace().id();
    if (request.bytes() == 0) {
      device.queue().command(this, request.opcode, id, request.cdw10and11, request.cdw12and13);
      return;
    }
    DmaBuffer buffer = device.memory().allocate(bytesWanted());
    if (buffer == null) {
      device.memory().await(this);
    } else {
      memoryArrived(buffer);
    }
  }

  /** Ends it unsent if it may change a namespace that is read-only, stopped or being drained. */
  private boolean refused() {
    int refusal = request.mayChange() ? device.refusesChanges() : 0;
    if (refusal != 0) {
      then.done(refusal, 0, NOTHING);
    }
    return refusal != 0;
  }

  @Override
  public int bytesWanted() {
    return request.bytes();
  }

  @Override
  public void memoryArrived(DmaBuffer buffer) {
    // It may have waited, and things may have changed.
    if (refused()) {
      buffer.release();
      return;
    }
    memory = buffer;
    if (request.out == null) {
      // What the controller leaves out must not be what somebody else read.
      buffer.setZero(0, buffer.capacity());
    } else {
      buffer.setBytes(0, request.out);
    }
    boolean submitted =
        device
            .queue()
            .transferData(
                this,
                request.opcode,
                device.namespace().id(),
                request.cdw10and11,
                request.cdw12and13,
                request.bytes(),
                request.out == null,
                buffer,
                0);
    assert submitted : "the memory is of the arena";
  }

  @Override
  public void memoryTimedOut() {
    then.done(BlockStatus.BUSY, 0, NOTHING);
  }

  @Override
  protected void done(int status) {
    byte[] data = NOTHING;
    if (memory != null) {
      if (status == 0 && request.out == null) {
        data = new byte[request.in];
        memory.getBytes(0, data);
      }
      memory.release();
      memory = null;
    }
    then.done(status, result(), data);
  }
}
