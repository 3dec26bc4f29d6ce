package dev.doorbell.emulated;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all queues of a controller share: workers, the count of work under way, and fault counts.
 */
final class Engine {
  /** Null in manual mode. */
  final WorkerPool pool;

  final EmulatedIommu iommu;
  final ErrorLog errors = new ErrorLog();
  final LongAdder invalidDoorbells = new LongAdder();

  /** Whether the host has enabled all I/O command sets (CC.CSS 110b), not just the NVM one. */
  volatile boolean allCommandSets;

  /** Set once, before the first command. */
  Faults injector;

  /** The faults to look for, or null: there are none. */
  volatile Faults faults;

  private final AtomicInteger outstanding = new AtomicInteger();
  private final Listener listener;

  /** Told of what concerns the controller as a whole. Called without any lock of a queue. */
  interface Listener {
    /** No work is under way on workers any more. */
    void idle();

    /** The controller cannot go on (CSTS.CFS). */
    void fatal(String reason);
  }

  Engine(WorkerPool pool, EmulatedIommu iommu, Listener listener) {
    this.pool = pool;
    this.iommu = iommu;
    this.listener = listener;
  }

  boolean manual() {
    return pool == null;
  }

  /** Has a command done by a worker, or in manual mode at once; returns as a command set does. */
  int dispatch(Command command) {
    if (pool == null) {
      return command.runNow();
    }
    workStarted();
    pool.submit(command);
    return CommandSet.PENDING;
  }

  void workStarted() {
    outstanding.incrementAndGet();
  }

  void workEnded() {
    if (outstanding.decrementAndGet() == 0) {
      listener.idle();
    }
  }

  boolean busy() {
    return outstanding.get() != 0;
  }

  void fatal(String reason) {
    listener.fatal(reason);
  }
}
