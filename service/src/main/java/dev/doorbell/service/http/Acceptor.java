package dev.doorbell.service.http;

import dev.doorbell.service.loop.LoopPoller;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.Function;

/**
 * Gives each connection its timeouts when it is accepted: Vert.x tells of a connection only when
 * its first request is there.
 */
@ChannelHandler.Sharable
public final class Acceptor extends ChannelInboundHandlerAdapter {
  private final Function<Channel, LoopPoller> pollers;
  private final int idleSeconds;
  private final int headSeconds;

  /**
   * @param pollers finds that of a channel's loop
   * @param idleSeconds how long nothing may move on a connection; 0 for ever
   * @param headSeconds how long a client may take to finish what it has begun; 0 for ever
   */
  public Acceptor(Function<Channel, LoopPoller> pollers, int idleSeconds, int headSeconds) {
    this.pollers = pollers;
    this.idleSeconds = idleSeconds;
    this.headSeconds = headSeconds;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel accepted = (Channel) message;
    accepted.pipeline().addLast(new ConnectionTimeouts(pollers, idleSeconds, headSeconds));
    ctx.fireChannelRead(message);
  }
}
