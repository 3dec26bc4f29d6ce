package dev.doorbell.service.client;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Does steps a few at a time. After the first failure none is begun any more; the result comes when
 * all that were begun have ended, so that nobody touches the caller's buffers afterwards.
 */
final class Parallel {
  private final Iterator<Supplier<CompletableFuture<Void>>> steps;
  private final int window;
  private final CompletableFuture<Void> result = new CompletableFuture<>();
  private int running;
  private boolean starting;
  private Throwable failure;

  private Parallel(Iterator<Supplier<CompletableFuture<Void>>> steps, int window) {
    this.steps = steps;
    this.window = window;
  }

  static CompletableFuture<Void> run(
      Iterator<Supplier<CompletableFuture<Void>>> steps, int window) {
    Parallel parallel = new Parallel(steps, window);
    parallel.go();
    return parallel.result;
  }

  private void go() {
    boolean over;
    synchronized (this) {
      if (starting) {
        // A step that ended at once, inside the loop below, which goes on.
        return;
      }
      starting = true;
      while (failure == null && running < window && steps.hasNext()) {
        running++;
        steps.next().get().whenComplete((v, e) -> ended(e));
      }
      starting = false;
      over = running == 0;
    }
    if (over) {
      finish();
    }
  }

  private void ended(Throwable e) {
    synchronized (this) {
      running--;
      if (failure == null) {
        failure = e;
      }
    }
    go();
  }

  private void finish() {
    if (failure == null) {
      result.complete(null);
    } else {
      result.completeExceptionally(Completion.cause(failure));
    }
  }
}
