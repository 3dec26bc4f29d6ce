package dev.doorbell.service.http;

import dev.doorbell.service.drive.Drive;
import java.util.List;

/**
 * What every loop's front end shares: the drives, and whether the service takes work. Safe for use
 * by any thread.
 */
public final class ServiceState {
  private final List<Drive> drives;
  private volatile boolean draining;

  public ServiceState(List<Drive> drives) {
    this.drives = List.copyOf(drives);
  }

  public List<Drive> drives() {
    return drives;
  }

  /** From now on the service is not ready: it finishes what it has begun. */
  public void drain() {
    draining = true;
  }

  public boolean draining() {
    return draining;
  }
}
