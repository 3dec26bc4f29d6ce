package dev.doorbell.service.http;

import dev.doorbell.service.loop.LoopPoller;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;

/**
 * Gives each connection its timeouts, and one from this host a bound of what the kernel keeps for
 * it, when it is accepted: Vert.x tells of a connection only when its first request is there.
 */
@ChannelHandler.Sharable
public final class Acceptor extends ChannelInboundHandlerAdapter {
  /**
   * Bytes that wait in the kernel for a client on this host; Linux doubles them for what it needs
   * itself. Elsewhere that follows from how far away the client is; but on the way to this one no
   * packet is ever lost, and the kernel would take ever more, though the client has as much as it
   * can read and the rest only leaves the processor's cache before it does.
   */
  static final int SAME_HOST_SEND_BUFFER = 256 << 10;

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
    if (isSameHost(addressOf(accepted.localAddress()), addressOf(accepted.remoteAddress()))) {
      accepted.config().setOption(ChannelOption.SO_SNDBUF, SAME_HOST_SEND_BUFFER);
    }
    accepted.pipeline().addLast(new ConnectionTimeouts(pollers, idleSeconds, headSeconds));
    ctx.fireChannelRead(message);
  }

  private static InetAddress addressOf(SocketAddress socket) {
    return socket instanceof InetSocketAddress internet ? internet.getAddress() : null;
  }

  /** Whether bytes between two addresses stay within a host; null is that of no network. */
  static boolean isSameHost(InetAddress local, InetAddress remote) {
    return remote != null && (remote.isLoopbackAddress() || remote.equals(local));
  }
}
