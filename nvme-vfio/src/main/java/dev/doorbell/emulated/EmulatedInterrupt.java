package dev.doorbell.emulated;

import dev.doorbell.device.Interrupt;
import dev.doorbell.linux.EventFd;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An interrupt vector of the emulated controller.
 *
 * <p>{@link #raise} is called by any thread, at most once per batch of completions; while masked it
 * only leaves a note, which costs no system call.
 */
final class EmulatedInterrupt implements Interrupt {
  private final AtomicBoolean pending = new AtomicBoolean();
  private volatile boolean masked;
  private volatile EventFd eventFd;

  EmulatedInterrupt() {}

  /** Creates the eventfd, unless there is one. */
  synchronized void enable() {
    if (eventFd == null) {
      eventFd = new EventFd();
    }
  }

  @Override
  public int fd() {
    EventFd fd = eventFd;
    return fd == null ? -1 : fd.fd();
  }

  @Override
  public void mask() {
    masked = true;
  }

  @Override
  public void unmask() {
    // Sequentially consistent store, then load: either this sees the note of raise(), or raise()
    // sees that the mask is gone.
    masked = false;
    if (pending.get() && pending.getAndSet(false)) {
      signal();
    }
  }

  /** Takes the counter of the eventfd back to 0 and returns it: how often it was signalled. */
  long drain() {
    EventFd fd = eventFd;
    return fd == null ? 0 : fd.drain();
  }

  void raise() {
    if (!masked) {
      signal();
      return;
    }
    // A full fence even if the note is there already: it orders the completions just written before
    // the second look at the mask.
    pending.set(true);
    if (!masked && pending.getAndSet(false)) {
      signal();
    }
  }

  private void signal() {
    EventFd fd = eventFd;
    if (fd != null) {
      fd.signal();
    }
  }

  synchronized void close() {
    if (eventFd != null) {
      eventFd.close();
    }
  }
}
