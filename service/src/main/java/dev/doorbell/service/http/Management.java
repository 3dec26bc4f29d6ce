package dev.doorbell.service.http;

import io.vertx.core.Vertx;

/** What management resources work with, on one loop. */
record Management(Vertx vertx, ServiceState state, LoopState loop) {}
