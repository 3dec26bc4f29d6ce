package dev.doorbell.emulated;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A queue's place in the host's shadow doorbell and EventIdx buffers (NVMe Base 1.4, 5.8 and
 * B.5.1). Guarded by the lock of the queue.
 *
 * <p>The host stores a new index in the shadow doorbell and rings the register only if that passes
 * the EventIdx. So before the controller goes to rest it writes how far it has come to the EventIdx
 * and then looks at the shadow doorbell once more.
 */
final class ShadowDoorbell {
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final IommuRegion shadows;
  private final int shadowAt;
  private final IommuRegion events;
  private final int eventAt;

  ShadowDoorbell(IommuRegion shadows, int shadowAt, IommuRegion events, int eventAt) {
    this.shadows = shadows;
    this.shadowAt = shadowAt;
    this.events = events;
    this.eventAt = eventAt;
  }

  /** Whether both buffers are still there; without them the registers alone count. */
  boolean mapped() {
    return shadows.mapped() && events.mapped();
  }

  /** What the host has stored last: any value. */
  int value() {
    // Acquire: the entries that the host wrote before are visible after this.
    return (int) INT.getAcquire(shadows.buffer, shadowAt);
  }

  /** Asks for a write of the register once {@code index} is passed, then looks again. */
  int armAndLook(int index) {
    INT.setOpaque(events.buffer, eventAt, index);
    // Full (StoreLoad): either the host finds this EventIdx, or its index is found here. With less,
    // both could read what was before, and the doorbell would be lost.
    VarHandle.fullFence();
    return value();
  }

  /** For a queue that is new: nothing has been rung. */
  void begin() {
    INT.setOpaque(events.buffer, eventAt, 0);
  }
}
