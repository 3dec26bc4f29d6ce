package dev.doorbell.service.http;

import dev.doorbell.service.block.LatencyHistogram;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/** Requests of one loop by method and status; written by its thread, read by any. */
public final class HttpCounters {
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "QUERY", "OTHER");
  private static final int STATUSES = 600;

  private final long[] requests = new long[METHODS.size() * STATUSES];
  private final LatencyHistogram duration = new LatencyHistogram();
  private volatile int active;
  private volatile long bodyBytes;

  /**
   * Counts a request that has been answered.
   *
   * @param status 100 to 599
   * @param nanos from the request's head to the end of its answer
   */
  void record(String method, int status, long nanos) {
    int i = METHODS.indexOf(method);
    int cell = (i < 0 ? METHODS.size() - 1 : i) * STATUSES + status;
    LONG.setOpaque(requests, cell, requests[cell] + 1);
    duration.record(nanos);
  }

  void setActive(int n) {
    active = n;
  }

  void setBodyBytes(long bytes) {
    bodyBytes = bytes;
  }

  /** Label values for the method index of {@link #requests}. */
  public static List<String> methods() {
    return METHODS;
  }

  /** Requests with this method and status; status 100 to 599. */
  public long requests(int method, int status) {
    return (long) LONG.getOpaque(requests, method * STATUSES + status);
  }

  public LatencyHistogram duration() {
    return duration;
  }

  /** Bytes of bodies that have come and are in no command yet. */
  public long bodyBytes() {
    return bodyBytes;
  }

  /** Data requests in progress. */
  public int active() {
    return active;
  }
}
