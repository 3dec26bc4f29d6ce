package dev.doorbell.service.http;

import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.loop.LoopPulse;
import java.util.List;

/**
 * What every loop's front end shares: the drives, and whether the service takes work. Safe for use
 * by any thread.
 */
public final class ServiceState {
  private final List<Drive> drives;
  private final LoopPulse pulse = new LoopPulse();
  private volatile boolean draining;

  public ServiceState(List<Drive> drives) {
    this.drives = List.copyOf(drives);
  }

  public List<Drive> drives() {
    return drives;
  }

  /** Whether the loops turn; each is added when it starts. */
  public LoopPulse pulse() {
    return pulse;
  }

  /** From now on the service is not ready: it finishes what it has begun. */
  public void drain() {
    draining = true;
  }

  public boolean draining() {
    return draining;
  }
}
