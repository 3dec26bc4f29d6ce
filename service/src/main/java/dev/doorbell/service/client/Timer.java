package dev.doorbell.service.client;

/** Waits without blocking; passed in, so that tests of retries need no time. */
interface Timer {
  void after(long seconds, Runnable task);
}
