package dev.doorbell.service.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Counts what a connection of HTTP/1.1 has under way in Vert.x's handler, which it goes before:
 * requests that have come in part, and those that are not wholly answered. Belongs to the loop's
 * thread.
 */
final class Exchanges extends ChannelDuplexHandler {
  private int unread;
  private int unanswered;
  private boolean interim;
  private boolean broken;

  /** Whether all requests have come whole and been answered, and none was malformed. */
  boolean none() {
    return unread == 0 && unanswered == 0 && !broken;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request) {
      unread++;
      unanswered++;
      broken |= request.decoderResult().isFailure();
    }
    if (message instanceof LastHttpContent) {
      unread--;
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response) {
      interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }
    if (message instanceof LastHttpContent && !interim) {
      unanswered--;
    }
    context.write(message, promise);
  }
}
