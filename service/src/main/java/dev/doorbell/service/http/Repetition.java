package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * What knows from one read over a connection how the next will look, and so can answer it without
 * Vert.x. Belongs to the loop's thread.
 */
interface Repetition {
  /** Where a channel has it. */
  AttributeKey<Repetition> KEY = AttributeKey.valueOf(Repetition.class, "of");

  /** That of a connection; null if all its requests are for Vert.x. */
  static Repetition of(HttpConnection connection) {
    return ((ConnectionBase) connection).channel().attr(KEY).get();
  }

  /** Gives a new connection its own. */
  static void set(Channel channel, Repetition repetition) {
    channel.attr(KEY).set(repetition);
  }

  /**
   * A request is read for one range by one command and answered with 206, and with no fields but
   * those of its kind: those like it need not come to Vert.x.
   */
  void learn(HttpServerRequest request, BlockDevice device);

  /**
   * How the read has failed that the request is about which Vert.x is being given; or 0: it has not
   * been tried.
   */
  int failure();
}
