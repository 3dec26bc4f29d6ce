package dev.doorbell.service.http;

import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockRequest;
import dev.doorbell.service.block.BlockStatus;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * An error answer as {@code application/problem+json} (RFC 9457).
 *
 * <p>Members beyond the RFC's: {@code sct}, {@code sc}, {@code status_name}, {@code dnr}, {@code
 * more} and {@code errno} where the drive said no, {@code outcome} where it said nothing, and
 * whatever the error names.
 */
final class Problem {
  private static final CharSequence PROBLEM_JSON =
      HttpHeaders.createOptimized("application/problem+json");
  private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("Retry-After");

  private final int status;
  private final JsonObject body = new JsonObject();
  private long unsatisfiedLength = -1;

  private Problem(int status, String title, String detail) {
    this.status = status;
    body.put("type", "about:blank").put("title", title).put("status", status);
    body.put("detail", detail);
  }

  static Problem of(int status, String title, String detail) {
    return new Problem(status, title, detail);
  }

  /** 405; the answer also needs the header Allow. */
  static Problem methodNotAllowed(HttpMethod method, String allow) {
    return of(405, "Method Not Allowed", method + " is not possible here; allowed: " + allow);
  }

  /** 416 with the length that the client needs to do better. */
  static Problem rangeNotSatisfiable(String detail, long length) {
    return new Problem(416, "Range Not Satisfiable", detail).ofLength(length);
  }

  /**
   * What the drive's status means to a client.
   *
   * @param what failed, for example {@code "read of 4096 bytes at 8192"}
   * @param status of the completion, or {@link BlockRequest#BUSY}
   */
  static Problem ofDrive(String what, int status, boolean write) {
    if (status == BlockRequest.BUSY) {
      return of(
          503,
          "Service Unavailable",
          what
              + ": no memory or queue slot became free in time; retry with fewer requests at once");
    }
    if (BlockStatus.ofLayer(status)) {
      return ofLayer(what, status, write);
    }
    int code = Status.code(status);
    if (status == HostStatus.OUTCOME_UNKNOWN || code == Status.ABORT_REQUESTED) {
      return of(
              504,
              "Outcome Unknown",
              what
                  + ": the drive did not answer in time, so whether it was done, as a whole or in part,"
                  + " is not known; do it again")
          .ofStatus(
              status,
              code == Status.ABORT_REQUESTED ? Status.name(status) : "Command Aborted By Host")
          .with("outcome", "unknown");
    }
    if (status == HostStatus.NOT_SENT) {
      return of(
              503,
              "Drive Unavailable",
              what + ": the controller has failed or was removed; nothing was done")
          .ofStatus(status, "Host Pathing Error");
    }
    int http =
        switch (code) {
          case Status.LBA_OUT_OF_RANGE -> write ? 400 : 416;
          case Status.NAMESPACE_WRITE_PROTECTED, Status.WRITE_TO_READ_ONLY_RANGE -> 403;
          case Status.ACCESS_DENIED -> 403;
          case Status.CAPACITY_EXCEEDED -> 507;
          case Status.COMPARE_FAILURE -> 412;
          case Status.ZONE_BOUNDARY_ERROR,
              Status.ZONE_IS_FULL,
              Status.ZONE_IS_READ_ONLY,
              Status.ZONE_IS_OFFLINE,
              Status.ZONE_INVALID_WRITE,
              Status.TOO_MANY_ACTIVE_ZONES,
              Status.TOO_MANY_OPEN_ZONES,
              Status.INVALID_ZONE_TRANSITION ->
              409;
          case Status.NAMESPACE_NOT_READY -> 503;
          case Status.INVALID_OPCODE -> 501;
          default -> 500;
        };
    Problem problem =
        of(
            http,
            Status.name(status),
            "%s failed on the drive: %s".formatted(what, Status.name(status)));
    return problem.ofStatus(status, Status.name(status));
  }

  private Problem ofStatus(int status, String name) {
    return with("sct", Status.sct(status))
        .with("sc", Status.sc(status))
        .with("status_name", name)
        .with("dnr", Status.doNotRetry(status))
        .with("more", Status.more(status))
        .with("errno", Status.errno(status));
  }

  private static Problem ofLayer(String what, int status, boolean write) {
    return switch (status) {
      case BlockStatus.OUT_OF_RANGE ->
          of(
              write ? 400 : 416,
              "Range Past The End",
              what + ": it does not lie within the namespace, whose capacity has changed");
      case BlockStatus.READ_ONLY -> of(403, "Write Protected", what + ": it is read-only");
      case BlockStatus.STOPPED ->
          of(
              503,
              "Namespace Stopped",
              what
                  + ": the namespace is stopped after an error of the drive, until an operator"
                  + " resumes it");
      case BlockStatus.UNAVAILABLE ->
          of(503, "Namespace Unavailable", what + ": the namespace has gone, or has other blocks");
      case BlockStatus.UNSUPPORTED ->
          of(501, "Not Supported By Drive", what + ": the drive has no such command");
      default -> of(500, BlockStatus.name(status), what + ": refused by the block layer");
    };
  }

  /** Lets a 416 say how long the representation is. */
  Problem ofLength(long length) {
    unsatisfiedLength = status == 416 ? length : -1;
    return this;
  }

  Problem with(String member, Object value) {
    body.put(member, value);
    return this;
  }

  int status() {
    return status;
  }

  /** To be thrown. */
  ProblemException asException() {
    return new ProblemException(this);
  }

  String detail() {
    return body.getString("detail");
  }

  /** As an answer that can be kept; not for a 416. */
  Reply reply() {
    Reply reply = new Reply(status, Reply.of(PROBLEM_JSON, null).headers(), body.toBuffer());
    return status == 503 ? reply.with(RETRY_AFTER, "1") : reply;
  }

  /** As {@link #send(HttpServerRequest)}, with what became of each extent, unless null. */
  void send(HttpServerRequest request, JsonArray extents) {
    if (extents != null) {
      body.put("extents", extents);
    }
    send(request);
  }

  /** Answers a request, whose response must not have begun; a HEAD gets no body. */
  void send(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    response.setStatusCode(status);
    response.putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON);
    response.putHeader(HttpHeaders.CACHE_CONTROL, DataHeaders.NO_STORE);
    if (unsatisfiedLength >= 0) {
      response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + unsatisfiedLength);
    }
    if (status == 503) {
      response.putHeader(RETRY_AFTER, "1");
    }
    Bodies.end(request, body.toBuffer());
  }
}
