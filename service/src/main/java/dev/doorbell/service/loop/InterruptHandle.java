package dev.doorbell.service.loop;

import dev.doorbell.linux.Descriptor;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;

/**
 * A drive's interrupt eventfd in the loop's own epoll. It only wakes the loop, which polls after
 * every pass anyway; edge-triggered, so the counter needs no read.
 *
 * <p>By a descriptor of its own: a device that is removed closes its one, and the next socket that
 * gets the same number could not be registered while this handle is.
 */
final class InterruptHandle implements EpollIoHandle {
  private final Descriptor descriptor;
  private final FileDescriptor fd;

  InterruptHandle(int fd) {
    descriptor = Descriptor.duplicate(fd);
    this.fd = new FileDescriptor(descriptor.fd());
  }

  @Override
  public FileDescriptor fd() {
    return fd;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    // Nothing to do: waking was the purpose.
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
