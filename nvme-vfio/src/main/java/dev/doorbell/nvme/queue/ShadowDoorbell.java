package dev.doorbell.nvme.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A doorbell in memory, with its register for when the controller wants to be woken (NVMe Base 1.4,
 * 5.8 and B.5.1).
 *
 * <p>The controller, before it rests, stores in the EventIdx how far it has come. A ring stores the
 * new index in the shadow doorbell and writes the register only if it passes the EventIdx. In a
 * virtual machine that saves most exits. Belongs to the queue's owner thread.
 */
public final class ShadowDoorbell implements Doorbell {
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final ByteBuffer shadows;
  private final ByteBuffer events;
  private final int offset;
  private final Doorbell register;
  private int last;
  private long saved;

  /**
   * @param offset of this doorbell in both buffers, a multiple of 4
   * @param register writes the register
   */
  public ShadowDoorbell(ByteBuffer shadows, ByteBuffer events, int offset, Doorbell register) {
    this.shadows = shadows;
    this.events = events;
    this.offset = offset;
    this.register = register;
  }

  @Override
  public void ring(int index) {
    announce(index);
    if (passesEvent(index)) {
      register.ring(index);
    } else {
      saved++;
    }
    last = index;
  }

  /** Starts again at index 0, with the queue; the buffers are zero. */
  public void restart() {
    last = 0;
  }

  /** Writes of the register that were not needed. */
  public long saved() {
    return saved;
  }

  /** The first half of a ring. */
  void announce(int index) {
    // Release: the controller that sees the index finds the entries written.
    INT.setRelease(shadows, offset, index);
    // Full (StoreLoad): either the controller, looking again after its EventIdx, finds this index,
    // or the EventIdx is found below. With less, both could read what was before, and the doorbell
    // would be lost.
    VarHandle.fullFence();
  }

  /** The second half: whether the step from the last index to this one passes the EventIdx. */
  boolean passesEvent(int index) {
    int event = (int) INT.getOpaque(events, offset);
    // Modulo 2^16, where a wrap of the queue is a large step: exact for every queue size.
    return (char) (index - event - 1) < (char) (index - last);
  }
}
