package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.loop.TestClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptorTest {
  @Test
  void boundsWhatTheKernelKeepsForAClientOnThisHost() throws Exception {
    TestClock clock = new TestClock();
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    try {
      Channel listening =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .handler(new Acceptor(channel -> clock.poller(), 0, 0))
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      accepted.complete(channel);
                    }
                  })
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      InetSocketAddress address = (InetSocketAddress) listening.localAddress();
      try (Socket client = new Socket(address.getAddress(), address.getPort())) {
        Channel server = accepted.get(30, TimeUnit.SECONDS);
        assertEquals(client.getLocalSocketAddress(), server.remoteAddress());
        assertNotNull(server.pipeline().get(ConnectionTimeouts.class));
        assertEquals(grantedFor(Acceptor.SAME_HOST_SEND_BUFFER), sendBuffer(server));
      }
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }
  }

  /** What the kernel makes of it, by net.core.wmem_max. */
  private static int grantedFor(int bytes) throws Exception {
    try (SocketChannel socket = SocketChannel.open()) {
      int before = socket.getOption(StandardSocketOptions.SO_SNDBUF);
      socket.setOption(StandardSocketOptions.SO_SNDBUF, bytes);
      int granted = socket.getOption(StandardSocketOptions.SO_SNDBUF);
      assertTrue(granted != before, "the option shows: " + granted);
      return granted;
    }
  }

  private static int sendBuffer(Channel channel) {
    return channel.config().getOption(ChannelOption.SO_SNDBUF);
  }

  @Test
  void tellsClientsOnThisHostFromOthers() throws UnknownHostException {
    InetAddress here = address("192.0.2.1");
    assertTrue(Acceptor.isSameHost(here, here));
    assertTrue(Acceptor.isSameHost(address("127.0.0.1"), address("127.0.0.2")));
    assertTrue(Acceptor.isSameHost(address("::1"), address("::1")));
    assertTrue(Acceptor.isSameHost(address("2001:db8::1"), address("2001:db8::1")));
    assertFalse(Acceptor.isSameHost(here, address("192.0.2.2")));
    assertFalse(Acceptor.isSameHost(address("2001:db8::1"), address("2001:db8::2")));
    assertFalse(Acceptor.isSameHost(null, null), "a socket of no network");
  }

  private static InetAddress address(String literal) throws UnknownHostException {
    return InetAddress.getByName(literal);
  }
}
