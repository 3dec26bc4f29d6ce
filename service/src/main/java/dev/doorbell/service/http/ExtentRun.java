package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockRequest;
import io.vertx.core.Promise;

/**
 * Does one thing to each of several ranges, a few at a time, and stops at the first that fails.
 * Belongs to the loop's thread.
 */
final class ExtentRun {
  private static final int WINDOW = 16;

  /** Sends what is to be done to a range. */
  interface Step {
    void submit(BlockRequest request, long offset, long length);
  }

  /**
   * How a run ended.
   *
   * @param status 0, or that of the failed range that comes first in the list
   * @param extent the number of that range, or -1
   * @param done how many ranges were done
   */
  record Outcome(int status, int extent, int done) {}

  private final CheckedExtents extents;
  private final Step step;
  private final Promise<Outcome> promise;
  private int next;
  private int running;
  private int done;
  private int failed = -1;
  private int status;
  private boolean ended;

  private ExtentRun(CheckedExtents extents, Step step, Promise<Outcome> promise) {
    this.extents = extents;
    this.step = step;
    this.promise = promise;
  }

  /** Begins; the promise is completed when nothing of it is with the drive any more. */
  static void start(CheckedExtents extents, Step step, Promise<Outcome> promise) {
    new ExtentRun(extents, step, promise).advance();
  }

  private void advance() {
    while (failed < 0 && running < WINDOW && next < extents.count()) {
      int extent = next++;
      running++;
      step.submit(new Part(extent), extents.offsets()[extent], extents.lengths()[extent]);
    }
    if (running == 0 && !ended) {
      ended = true;
      promise.complete(new Outcome(status, failed, done));
    }
  }

  private final class Part extends BlockRequest {
    private final int extent;

    Part(int extent) {
      this.extent = extent;
    }

    @Override
    protected void finished(int withStatus) {
      running--;
      if (withStatus == 0) {
        done++;
      } else if (failed < 0 || extent < failed) {
        failed = extent;
        status = withStatus;
      }
      advance();
    }
  }
}
