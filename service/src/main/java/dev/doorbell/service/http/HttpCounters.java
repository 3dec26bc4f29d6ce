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

  // Places of levels.
  private static final int ACTIVE = 0;
  private static final int BODY_BYTES = 1;
  private static final int REPEATED = 2;

  private final long[] requests = new long[METHODS.size() * STATUSES];
  private final LatencyHistogram duration = new LatencyHistogram();
  private final long[] levels = new long[3];

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

  /** Counts a read that Vert.x did not see, once it has been answered. */
  void recordRepeated(long nanos) {
    record("GET", 206, nanos);
    LONG.setOpaque(levels, REPEATED, levels[REPEATED] + 1);
  }

  void setActive(int n) {
    LONG.setOpaque(levels, ACTIVE, (long) n);
  }

  void setBodyBytes(long bytes) {
    LONG.setOpaque(levels, BODY_BYTES, bytes);
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
    return (long) LONG.getOpaque(levels, BODY_BYTES);
  }

  /** Data requests in progress. */
  public int active() {
    return (int) (long) LONG.getOpaque(levels, ACTIVE);
  }

  /** Reads that differed from one before in their range alone, and were answered so. */
  public long repeatedReads() {
    return (long) LONG.getOpaque(levels, REPEATED);
  }
}
