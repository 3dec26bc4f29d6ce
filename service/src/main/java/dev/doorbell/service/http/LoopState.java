package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.loop.LoopPoller;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What one event loop's front end keeps: its view of each namespace, parsers and request objects
 * for reuse, and counters. Belongs to the loop's thread.
 */
final class LoopState {
  private static final int POOLED = 512;
  private static final int POOLED_VECTORED = 64;
  private static final int SHARED_TEMPLATES = 4;
  private static final long DATE_READ_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final LoopPoller poller;
  private final Map<String, BlockDevice> devices;
  private final HttpLimits limits;
  private final HttpCounters counters;
  private final RangeHeader rangeHeader = new RangeHeader();
  private final Pool<ReadStream> readStreams =
      new Pool<>(POOLED, () -> new ReadStream(this), ReadStream::dispose);
  private final Pool<RepeatedRead> repeatedReads =
      new Pool<>(POOLED, () -> new RepeatedRead(this), RepeatedRead::dispose);
  private final Pool<FrameRead> frameReads =
      new Pool<>(POOLED, () -> new FrameRead(this), FrameRead::dispose);
  private final ArrayDeque<ReadTemplate> readTemplates = new ArrayDeque<>();
  private final Pool<VectoredRead> vectoredReads =
      new Pool<>(POOLED_VECTORED, () -> new VectoredRead(this), read -> {});
  private final ExtentListParser extentListParser = new ExtentListParser();
  private final Extents extents = new Extents();
  private final ArrayDeque<ReadBudget> throttled = new ArrayDeque<>();
  private final AccessLog accessLog = AccessLog.ifOn();
  private final AnswerHead answerHead = new AnswerHead();
  private final AnswerLines answerLines = new AnswerLines();
  private final boolean otherOrigins;
  private long dateSecond = -1;
  private long dateReadAt;
  private CharSequence date;
  private int active;
  private final BodyRoom room;
  private long bodyBytes;

  /**
   * @param otherOrigins whether answers to pages of other origins get header fields of their own
   */
  LoopState(
      LoopPoller poller,
      Map<String, BlockDevice> devices,
      HttpLimits limits,
      HttpCounters counters,
      boolean otherOrigins) {
    this.otherOrigins = otherOrigins;
    this.poller = poller;
    this.devices = devices;
    this.limits = limits;
    this.counters = counters;
    this.room = new BodyRoom(limits.waitMillis());
  }

  /** This loop's view of a namespace, or null. */
  BlockDevice device(String name) {
    return devices.get(name);
  }

  RangeHeader rangeHeader() {
    return rangeHeader;
  }

  /** The access log, or null: it is off. */
  AccessLog accessLog() {
    return accessLog;
  }

  /** Encodes the heads of answers to reads over HTTP/2. */
  AnswerHead answerHead() {
    return answerHead;
  }

  /** Encodes the heads of answers to reads over HTTP/1.1. */
  AnswerLines answerLines() {
    return answerLines;
  }

  /** Whether the answer to a request has no header field but those of its kind. */
  boolean answersPlainly(HttpServerRequest request) {
    return accessLog == null && !(otherOrigins && request.headers().contains(HttpHeaders.ORIGIN));
  }

  HttpLimits limits() {
    return limits;
  }

  long now() {
    return poller.now();
  }

  /**
   * The Date header's value (RFC 9110, 6.6.1), formatted once a second; the clock is not read again
   * for answers that go out within a few milliseconds.
   */
  CharSequence date() {
    long now = poller.now();
    if (date != null && now - dateReadAt < DATE_READ_NANOS) {
      return date;
    }
    dateReadAt = now;
    long second = System.currentTimeMillis() / 1000;
    if (second != dateSecond) {
      dateSecond = second;
      date =
          HttpHeaders.createOptimized(
              DateTimeFormatter.RFC_1123_DATE_TIME.format(
                  Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC)));
    }
    return date;
  }

  HttpCounters counters() {
    return counters;
  }

  /** The budgets for whose bytes streams wait. */
  ArrayDeque<ReadBudget> throttled() {
    return throttled;
  }

  /** Lets streams go on that wait for their connection's budget; once a turn. */
  void resumeReads() {
    for (int n = throttled.size(); n > 0; n--) {
      ReadBudget budget = throttled.poll();
      if (budget.resume()) {
        throttled.add(budget);
      }
    }
  }

  /** For reads of one range. */
  Pool<ReadStream> readStreams() {
    return readStreams;
  }

  /** For those over HTTP/1.1 that Vert.x does not see. */
  Pool<RepeatedRead> repeatedReads() {
    return repeatedReads;
  }

  /** For those over HTTP/2. */
  Pool<FrameRead> frameReads() {
    return frameReads;
  }

  /** For reads of several ranges. */
  Pool<VectoredRead> vectoredReads() {
    return vectoredReads;
  }

  /** As {@link ReadTemplate#of}; connections whose heads are alike share one. */
  ReadTemplate readTemplate(ByteBuf head, String range, BlockDevice device) {
    for (ReadTemplate template : readTemplates) {
      if (template.device() == device && template.matches(head)) {
        return template;
      }
    }
    ReadTemplate made = ReadTemplate.of(ByteBufUtil.getBytes(head), range, device);
    if (made != null) {
      readTemplates.addFirst(made);
      if (readTemplates.size() > SHARED_TEMPLATES) {
        readTemplates.removeLast();
      }
    }
    return made;
  }

  ExtentListParser extentListParser() {
    return extentListParser;
  }

  /** For extents that are parsed and handed on at once. */
  Extents extents() {
    return extents;
  }

  /** Answers a request with a problem, and counts it. */
  void refuse(HttpServerRequest request, Problem problem) {
    problem.send(request);
    counters.record(request.method().name(), problem.status(), 0);
  }

  /** Room for bodies that are held as a whole. */
  BodyRoom room() {
    return room;
  }

  /** Parts of bodies have come that no command has yet; or, if negative, commands take them. */
  void bodyBytes(int bytes) {
    bodyBytes += bytes;
    counters.setBodyBytes(bodyBytes);
  }

  /** Whether such parts have more than so many bytes. */
  boolean bodiesAreMany(long most) {
    return bodyBytes > most;
  }

  /** A data request has begun. */
  void requestBegan() {
    active++;
    counters.setActive(active);
  }

  /** A data request is over, its memory released. */
  void requestEnded() {
    active--;
    counters.setActive(active);
  }

  /** Data requests in progress. */
  int active() {
    return active;
  }
}
