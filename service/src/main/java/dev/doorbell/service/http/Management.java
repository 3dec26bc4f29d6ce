package dev.doorbell.service.http;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/** What management resources work with, on one loop. Belongs to the loop's thread. */
final class Management {
  /** Of all loops together: who waits for a drive that hangs holds up nobody who waits for none. */
  private static final int DRIVE_WORKERS = 2;

  private final Vertx vertx;
  private final ServiceState state;
  private final LoopState loop;
  private WorkerExecutor drives;

  Management(Vertx vertx, ServiceState state, LoopState loop) {
    this.vertx = vertx;
    this.state = state;
    this.loop = loop;
  }

  Vertx vertx() {
    return vertx;
  }

  ServiceState state() {
    return state;
  }

  LoopState loop() {
    return loop;
  }

  /** Threads that may wait for drives; the others check requests. */
  WorkerExecutor drives() {
    if (drives == null) {
      drives = vertx.createSharedWorkerExecutor("drive-admin", DRIVE_WORKERS);
    }
    return drives;
  }
}
