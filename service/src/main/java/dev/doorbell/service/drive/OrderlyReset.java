package dev.doorbell.service.drive;

import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.service.block.BlockNamespace;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A controller reset that clients do not notice: what the drive has ends first, what comes
 * meanwhile waits and is sent afterwards. Only what does not end within a limit is lost to the
 * reset, and its outcome unknown.
 */
final class OrderlyReset {
  private static final Logger LOG = LoggerFactory.getLogger(OrderlyReset.class);

  /** How long a reset may take; it has limits of its own, which are shorter. */
  private static final long RESET_MILLIS = 120_000;

  private final NvmeDrive nvme;
  private final List<BlockNamespace> namespaces;

  OrderlyReset(NvmeDrive nvme, List<BlockNamespace> namespaces) {
    this.nvme = nvme;
    this.namespaces = namespaces;
  }

  /** Does it, on a thread of its own; see {@link Drive#reset}. */
  CompletableFuture<Boolean> start(String reason, long drainMillis) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                done.complete(run(reason, drainMillis));
              } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
              }
            },
            nvme.info().name() + "-reset");
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  private boolean run(String reason, long drainMillis) {
    CompletableFuture<?>[] drained =
        namespaces.stream().map(n -> n.control().drain()).toArray(CompletableFuture[]::new);
    try {
      await(CompletableFuture.allOf(drained), drainMillis);
      return nvme.reset(reason, RESET_MILLIS) == ControllerState.LIVE;
    } finally {
      namespaces.forEach(n -> n.control().undrain());
    }
  }

  private void await(CompletableFuture<Void> drained, long millis) {
    try {
      drained.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "{}: not every request has ended within {} ms: the reset will not wait for them",
          nvme.info().name(),
          millis);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
