package dev.doorbell.service.loop;

import dev.doorbell.device.Interrupt;
import dev.doorbell.nvme.queue.IoQueue;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.impl.transports.TransportInternal;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.transport.Transport;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/**
 * A Vert.x transport whose event loops poll NVMe queues: epoll's, or NIO's where native epoll is
 * missing, with {@link PollingIoHandler} around each loop's handler.
 */
public final class PollingTransport implements Transport {
  /**
   * A channel is always writable: what is written to it is bounded by the window of each read and
   * by the memory of the queues. Were it not, HTTP/2 over TLS would stall: Netty's flow controller
   * tells streams one by one that the channel is writable again; if the first ones fill it up, and
   * it drains before that is noticed, for TLS tells so by a task, then the others never hear of it.
   */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(Integer.MAX_VALUE - 1, Integer.MAX_VALUE);

  /**
   * Bytes that a read of a socket has room for. Netty makes it ever smaller while little comes; but
   * a request that is a few bytes longer than those before it is not to come in two pieces, by two
   * system calls.
   */
  private static final int LEAST_READ = 2 << 10;

  private static final int MOST_READ = 64 << 10;

  /**
   * Sockets looked at in one pass. Their requests become one batch of commands; a larger one would
   * leave the processor's cache before its answers are written.
   */
  private static final int SOCKETS_PER_PASS = 32;

  private final Transport base;
  private final boolean epoll;
  private final long pollMaxNanos;
  private final int pollGrow;
  private final int pollShrink;
  private final Map<ThreadAwareExecutor, LoopPoller> pollers = new ConcurrentHashMap<>();
  private volatile ChannelHandler acceptor;

  /**
   * @param pollMaxNanos longest busy poll before a loop sleeps; 0 for none
   * @param pollGrow factor by which the budget grows, at least 2
   * @param pollShrink divisor by which it shrinks; 0 drops it at once
   */
  public PollingTransport(long pollMaxNanos, int pollGrow, int pollShrink) {
    this.epoll = Epoll.isAvailable();
    this.base = epoll ? new EpollTransport() : NioTransport.INSTANCE;
    this.pollMaxNanos = pollMaxNanos;
    this.pollGrow = pollGrow;
    this.pollShrink = pollShrink;
  }

  /** This transport as Vert.x's builder takes it. */
  public io.vertx.core.transport.Transport asVertxTransport() {
    return new TransportInternal(name(), true, null, this);
  }

  /** What sockets are served by: {@code epoll} or {@code nio}. */
  public String name() {
    return epoll ? "epoll" : "nio";
  }

  /**
   * Has each listening socket tell {@code acceptor}, which is sharable, of the channels that it
   * accepts, before they come to a loop.
   */
  public void setAcceptor(ChannelHandler acceptor) {
    this.acceptor = acceptor;
  }

  /** The poller of an event loop of this transport. */
  public LoopPoller poller(EventLoop loop) {
    LoopPoller poller = pollers.get(loop);
    if (poller == null) {
      throw new IllegalArgumentException("not a polling event loop: " + loop);
    }
    return poller;
  }

  /**
   * Gives a queue to the event loop that runs this call: it owns, polls and is woken by it from
   * here on.
   */
  public void attach(IoEventLoop loop, IoQueue queue, Interrupt interrupt) {
    poller(loop).add(queue, interrupt);
    if (epoll) {
      loop.register(new InterruptHandle(interrupt.fd()))
          .addListener(
              registered -> {
                IoRegistration registration = (IoRegistration) registered.get();
                registration.submit(EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET));
              });
    }
  }

  @Override
  public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
    if (type != IO_EVENT_LOOP_GROUP) {
      return base.eventLoopGroup(type, threads, factory, ioRatio);
    }
    return new MultiThreadIoEventLoopGroup(threads, factory, new PollingFactory());
  }

  @Override
  public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
    base.configure(options, domainSocket, bootstrap);
    bootstrap.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    bootstrap.childOption(
        ChannelOption.RECVBUF_ALLOCATOR,
        new AdaptiveRecvByteBufAllocator(LEAST_READ, LEAST_READ, MOST_READ));
    if (acceptor != null) {
      bootstrap.handler(acceptor);
    }
  }

  @Override
  public IoHandlerFactory ioHandlerFactory() {
    return base.ioHandlerFactory();
  }

  @Override
  public DatagramChannel datagramChannel() {
    return base.datagramChannel();
  }

  @Override
  @SuppressWarnings("deprecation") // Vert.x's interface names Netty's deprecated type
  public DatagramChannel datagramChannel(InternetProtocolFamily family) {
    return base.datagramChannel(family);
  }

  @Override
  public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
    return base.channelFactory(domainSocket);
  }

  @Override
  public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
    return base.serverChannelFactory(domainSocket);
  }

  private final class PollingFactory implements IoHandlerFactory {
    private final IoHandlerFactory sockets =
        epoll
            ? EpollIoHandler.newFactory(SOCKETS_PER_PASS, DefaultSelectStrategyFactory.INSTANCE)
            : base.ioHandlerFactory();

    @Override
    public IoHandler newHandler(ThreadAwareExecutor loop) {
      LoopPoller poller = new LoopPoller();
      pollers.put(loop, poller);
      AdaptivePoll policy = new AdaptivePoll(pollMaxNanos, pollGrow, pollShrink);
      AdaptivePoll socketPolicy = new AdaptivePoll(pollMaxNanos, pollGrow, pollShrink);
      return new PollingIoHandler(sockets.newHandler(loop), poller, policy, socketPolicy, epoll);
    }
  }
}
