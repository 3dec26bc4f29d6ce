package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.service.block.BlockNamespace;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A drive that is served.
 *
 * @param all its namespaces
 * @param events what it reports by itself
 * @param unsafe whether it is driven without an IOMMU: it could reach all memory of the machine
 * @param faults by which it can be told to fail, if it is emulated and that is allowed
 */
public record Drive(
    NvmeDrive nvme,
    DriveNamespaces all,
    DriveEvents events,
    boolean unsafe,
    Optional<FaultInjection> faults)
    implements AutoCloseable {
  /** As {@link NvmeDrive#close}. */
  @Override
  public void close() {
    events.close();
    nvme.close();
  }

  /** The namespaces that are served, in order of their NSID; a view of what there is now. */
  public List<BlockNamespace> namespaces() {
    return all.served();
  }

  /**
   * Resets the controller in order: requests that the drive has end first, those that come
   * meanwhile wait, within the bounds of their namespace, and are sent afterwards.
   *
   * @param drainMillis how long to wait for those that the drive has; what is left ends as unknown
   * @return complete when it has ended, with whether the controller is live again
   */
  public CompletableFuture<Boolean> reset(String reason, long drainMillis) {
    return new OrderlyReset(nvme, List.copyOf(namespaces())).start(reason, drainMillis);
  }

  /** What the drive is called, for example {@code nvme0}. */
  public String name() {
    return nvme.info().name();
  }

  /** The state of its controller: {@code live}, {@code resetting} or {@code failed}. */
  public String state() {
    return switch (nvme.state()) {
      case LIVE -> "live";
      case FAILED, CLOSED -> "failed";
      default -> "resetting";
    };
  }
}
