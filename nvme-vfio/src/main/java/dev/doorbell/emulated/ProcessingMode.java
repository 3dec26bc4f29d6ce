package dev.doorbell.emulated;

/** On which threads the emulated controller works. */
public enum ProcessingMode {
  /**
   * A doorbell is worked off by the thread that rings it, as far as that needs no wait; the rest is
   * done by threads of the controller.
   */
  INLINE,
  /**
   * Nothing happens until {@link EmulatedController#doWork} is called, and no threads are started:
   * for deterministic tests.
   */
  MANUAL
}
