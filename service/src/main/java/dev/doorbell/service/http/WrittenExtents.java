package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;

/** Where the bytes of a {@link BufferedWrite} go, and what became of them. */
interface WrittenExtents {
  /** Bytes of the current extent that have not come yet; 0 before the first and between two. */
  long left();

  /** Where the next byte of the current extent goes. */
  long position();

  /** Number of the current extent. */
  int index();

  /** Whether {@link #left} is what comes, not only the most that may. */
  boolean exact();

  /**
   * Reads up to the bytes of the next extent, or as far as {@code bytes} reaches.
   *
   * @return null, or what is wrong
   */
  Problem next(ByteBuf bytes);

  /** Bytes of the current extent have come. */
  void took(int bytes);

  /**
   * The body has ended.
   *
   * @return null, or what is wrong
   */
  Problem checkEnd();

  /** A command of an extent has failed; or of none, the flush: -1. */
  void failed(int extent, int status);

  /** What became of each, for a problem; or null if there is no more to say. */
  JsonArray outcomes();

  /** Answers that all has been written. */
  void answer(HttpServerRequest request, boolean durable);
}
