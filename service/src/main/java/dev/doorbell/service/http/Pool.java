package dev.doorbell.service.http;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Objects for reuse, the latest first, so that they are found in the processor's cache. Belongs to
 * one thread.
 */
final class Pool<T> {
  private final int most;
  private final Supplier<T> make;
  private final Consumer<T> dispose;
  private final ArrayDeque<T> free = new ArrayDeque<>();

  /**
   * @param most that are kept
   * @param dispose gives up what one holds that is not kept
   */
  Pool(int most, Supplier<T> make, Consumer<T> dispose) {
    this.most = most;
    this.make = make;
    this.dispose = dispose;
  }

  T take() {
    T one = free.poll();
    return one != null ? one : make.get();
  }

  void recycle(T one) {
    if (free.size() < most) {
      free.push(one);
    } else {
      dispose.accept(one);
    }
  }
}
