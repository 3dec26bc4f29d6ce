package dev.doorbell.service.bench;

import dev.doorbell.service.client.RemoteNamespace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/** Keeps as many random requests under way as the depth says, until the time is over. */
public final class Bench {
  private static final int DIGITS = 2;

  private final RemoteNamespace namespace;
  private final BenchOptions options;
  private final LongSupplier clock;
  private final long end;
  private final List<Slot> slots = new ArrayList<>();
  private volatile boolean failed;

  private Bench(
      RemoteNamespace namespace, BenchOptions options, LongSupplier clock, long durationNanos) {
    this.namespace = namespace;
    this.options = options;
    this.clock = clock;
    this.end = clock.getAsLong() + durationNanos;
  }

  /**
   * Runs a load; the result comes when its last request has been answered, or the first has failed
   * and the others have ended.
   *
   * @param clock in nanoseconds
   */
  public static CompletableFuture<BenchResult> run(
      RemoteNamespace namespace, BenchOptions options, long durationNanos, LongSupplier clock) {
    if (options.size() > namespace.info().capacity()) {
      throw new IllegalArgumentException(
          "requests of %d bytes; namespace %s has %d"
              .formatted(options.size(), namespace.info().name(), namespace.info().capacity()));
    }
    return new Bench(namespace, options, clock, durationNanos).run();
  }

  private CompletableFuture<BenchResult> run() {
    long started = clock.getAsLong();
    SplittableRandom seeds = new SplittableRandom(options.seed());
    for (int i = 0; i < options.depth(); i++) {
      slots.add(new Slot(seeds.split()));
    }
    CompletableFuture<?>[] all =
        slots.stream().map(Slot::start).toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(all).thenApply(v -> result(clock.getAsLong() - started));
  }

  private BenchResult result(long nanos) {
    Histogram reads = new Histogram(DIGITS);
    Histogram writes = new Histogram(DIGITS);
    for (Slot slot : slots) {
      reads.add(slot.reads);
      writes.add(slot.writes);
    }
    return new BenchResult(options.size(), Math.max(1, nanos), reads, writes);
  }

  /** One request after the other; what it counts needs no lock. */
  private final class Slot {
    private final SplittableRandom random;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(options.size());
    private final Histogram reads = new Histogram(DIGITS);
    private final Histogram writes = new Histogram(DIGITS);
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    Slot(SplittableRandom random) {
      this.random = random;
      byte[] content = new byte[options.size()];
      random.nextBytes(content);
      buffer.put(content);
    }

    CompletableFuture<Void> start() {
      next();
      return over;
    }

    private void next() {
      long now = clock.getAsLong();
      if (failed || now - end >= 0) {
        over.complete(null);
        return;
      }
      long places = namespace.info().capacity() / options.size();
      long offset = random.nextLong(places) * options.size();
      boolean read = random.nextInt(100) < options.readPercent();
      buffer.clear();
      CompletableFuture<Void> request =
          read
              ? namespace.read(offset, buffer)
              : namespace.write(offset, buffer, options.durability());
      request.whenComplete((v, failure) -> ended(read ? reads : writes, now, failure));
    }

    private void ended(Histogram kind, long began, Throwable failure) {
      if (failure != null) {
        failed = true;
        over.completeExceptionally(failure);
        return;
      }
      kind.recordValue(Math.max(0, clock.getAsLong() - began));
      next();
    }
  }
}
