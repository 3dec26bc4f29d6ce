package dev.doorbell.service.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;

/**
 * A drive's interrupt eventfd in the loop's own epoll. It only wakes the loop, which polls after
 * every pass anyway; edge-triggered, so the counter needs no read.
 */
final class InterruptHandle implements EpollIoHandle {
  private final FileDescriptor fd;

  InterruptHandle(int fd) {
    this.fd = new FileDescriptor(fd);
  }

  @Override
  public FileDescriptor fd() {
    return fd;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    // Nothing to do: waking was the purpose.
  }

  /** The eventfd belongs to the device. */
  @Override
  public void close() {
    // Not ours to close.
  }
}
