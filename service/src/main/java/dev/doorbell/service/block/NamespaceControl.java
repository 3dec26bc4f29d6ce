package dev.doorbell.service.block;

import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator does to a namespace, for all its loops: settings, resumption after an error,
 * draining. Each loop is told by a message, so that a request reads nothing that loops share. Safe
 * for any thread.
 */
public final class NamespaceControl {
  private static final Logger LOG = LoggerFactory.getLogger(NamespaceControl.class);

  /**
   * Why a namespace is stopped: its first failure.
   *
   * @param kind of the request
   * @param status as the drive gave it
   * @param offset of the request in bytes
   */
  public record Stop(BlockKind kind, int status, long offset) {}

  private final BlockNamespace namespace;
  private final List<BlockDevice> devices = new ArrayList<>(); // guarded by this
  private volatile BlockSettings settings; // written under this
  private RateLimiter limiter; // guarded by this
  private volatile Stop stop;
  private volatile long stops; // written under this

  NamespaceControl(BlockNamespace namespace, BlockSettings settings) {
    this.namespace = namespace;
    this.settings = settings;
    this.limiter = limiterOf(settings);
  }

  /** Takes a loop in; its device has the settings when this returns. */
  synchronized void register(BlockDevice device) {
    devices.add(device);
    device.apply(settings, limiter);
    if (stop != null) {
      device.stop(stops);
    }
  }

  /** Every loop's view of the namespace. */
  public synchronized List<BlockDevice> devices() {
    return List.copyOf(devices);
  }

  public BlockSettings settings() {
    return settings;
  }

  /**
   * Changes the settings, from what they are now: nobody else's change comes in between.
   *
   * @return as {@link #configure}
   * @throws RuntimeException that {@code change} throws; the settings stay as they are
   */
  public synchronized CompletableFuture<Void> change(UnaryOperator<BlockSettings> change) {
    return configure(change.apply(settings));
  }

  /**
   * Changes the settings.
   *
   * @return complete when every loop goes by them, and, if the write cache is no longer written
   *     back, all that was written before is durable; fails if that flush does
   */
  public CompletableFuture<Void> configure(BlockSettings wanted) {
    CompletableFuture<Void> applied;
    boolean flush;
    synchronized (this) {
      flush =
          settings.writeCache() == WriteCacheMode.WRITEBACK
              && wanted.writeCache() == WriteCacheMode.WRITETHROUGH
              && !devices.isEmpty();
      if (!wanted.sameRates(settings)) {
        // Else what has been used of them counts on.
        limiter = limiterOf(wanted);
      }
      settings = wanted;
      RateLimiter shared = limiter;
      applied = onEach(device -> device.apply(wanted, shared));
    }
    LOG.info("{}: {}", namespace.name(), wanted);
    return flush ? applied.thenCompose(v -> flush()) : applied;
  }

  /** Why the namespace is stopped, if it is. */
  public Optional<Stop> stopped() {
    return Optional.ofNullable(stop);
  }

  /** How often it has been stopped. */
  public long stops() {
    return stops;
  }

  /**
   * A request has failed under a policy that stops.
   *
   * @return the number of the stop that it belongs to: a resumption of an earlier one, still on its
   *     way to a loop, is not meant for it
   */
  long stop(BlockRequest request, int status) {
    long number;
    synchronized (this) {
      if (stop != null) {
        return stops;
      }
      stop = new Stop(request.kind, status, request.offset);
      number = ++stops;
      onEach(device -> device.stop(number));
    }
    LOG.error(
        "{}: stopped: {} of {} bytes at {} failed ({}); cure the cause, then resume it",
        namespace.name(),
        request.kind.label(),
        request.length,
        request.offset,
        Status.name(status));
    return number;
  }

  /**
   * Sends again what failed and then what has come since, in order. Does nothing if the namespace
   * is not stopped.
   *
   * @return complete when every loop has sent it
   */
  public CompletableFuture<Void> resume() {
    synchronized (this) {
      if (stop == null) {
        return CompletableFuture.completedFuture(null);
      }
      stop = null;
      LOG.info("{}: resumed", namespace.name());
      long number = stops;
      return onEach(device -> device.resume(number));
    }
  }

  /**
   * Lets no request start, for a reset or the end.
   *
   * @return complete when none is with the drive; those that came since wait, within their bound
   */
  public synchronized CompletableFuture<Void> drain() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (BlockDevice device : devices) {
      CompletableFuture<Void> idle = new CompletableFuture<>();
      all.add(idle);
      device.executor().execute(() -> device.drain(() -> idle.complete(null)));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /** Ends {@link #drain}: what waits is sent. */
  public synchronized CompletableFuture<Void> undrain() {
    return onEach(BlockDevice::undrain);
  }

  /**
   * For the end of the service: nobody will resume it any more. Errors are reported from now on,
   * and if it is stopped what waits ends.
   */
  public synchronized void end() {
    BlockSettings last = settings.withErrors(ErrorPolicy.REPORT, ErrorPolicy.REPORT);
    if (!last.equals(settings)) {
      configure(last);
    }
    if (stop != null) {
      abandon();
      resume();
    }
  }

  /** Ends every request that waits: those that failed as they did, the others as not done. */
  public synchronized CompletableFuture<Void> abandon() {
    return onEach(BlockDevice::abandon);
  }

  private CompletableFuture<Void> flush() {
    CompletableFuture<Void> flushed = new CompletableFuture<>();
    BlockDevice any = devices().get(0);
    any.executor().execute(() -> any.flushNow(new Flush(flushed)));
    return flushed;
  }

  private CompletableFuture<Void> onEach(Consumer<BlockDevice> task) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (BlockDevice device : devices) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      device
          .executor()
          .execute(
              () -> {
                task.accept(device);
                done.complete(null);
              });
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  private static RateLimiter limiterOf(BlockSettings settings) {
    return settings.limited() ? new RateLimiter(settings) : null;
  }

  /** An operator's, so that no client's request, nor a stop, holds it up. */
  private static final class Flush extends LoopCommand {
    private final CompletableFuture<Void> flushed;

    Flush(CompletableFuture<Void> flushed) {
      this.flushed = flushed;
    }

    @Override
    protected void done(int status) {
      if (status == 0) {
        flushed.complete(null);
      } else {
        flushed.completeExceptionally(
            new IllegalStateException(
                "the flush before writethrough failed: " + Status.name(status)));
      }
    }
  }
}
