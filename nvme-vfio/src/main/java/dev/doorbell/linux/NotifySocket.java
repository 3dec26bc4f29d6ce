package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Datagrams to a Unix socket, as sd_notify(3) sends them to the service manager; Java has streams
 * only. Safe for use by any thread.
 */
public final class NotifySocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;

  /** Where {@code sun_path} begins in {@code struct sockaddr_un}, and what it holds. */
  private static final int PATH_OFFSET = 2;

  private static final int PATH_SIZE = 108;

  private final String address;
  private final byte[] name;

  /**
   * @param address an absolute path, or {@code @} and a name in the abstract name space (unix(7))
   * @throws IllegalArgumentException if it is neither, or too long
   */
  public NotifySocket(String address) {
    this.address = address;
    name = address.getBytes(StandardCharsets.UTF_8);
    boolean known = address.startsWith("/") || address.startsWith("@");
    if (!known || name.length < 2 || name.length >= PATH_SIZE) {
      throw new IllegalArgumentException(
          "socket address '%s': must be an absolute path, or @ and a name, of at most %d bytes"
              .formatted(address, PATH_SIZE - 1));
    }
  }

  /**
   * Sends one datagram without waiting.
   *
   * @throws LinuxException if nobody listens, or the receiver is behind
   */
  public void send(String message) {
    int fd = LibC.API.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw new LinuxException("socket", address, LibC.errno());
    }
    try {
      // Connected anew each time, which happens every few seconds: the manager may have restarted.
      ByteBuffer to = ByteBuffer.allocateDirect(PATH_OFFSET + name.length + 1);
      to.order(ByteOrder.nativeOrder()).putShort(0, (short) AF_UNIX).put(PATH_OFFSET, name);
      boolean isAbstract = name[0] == '@';
      if (isAbstract) {
        to.put(PATH_OFFSET, (byte) 0);
      }
      // A path ends with a zero, an abstract name with its length.
      int length = PATH_OFFSET + name.length + (isAbstract ? 0 : 1);
      if (LibC.API.connect(fd, MemoryIO.getInstance().getDirectBufferAddress(to), length) < 0) {
        throw new LinuxException("connect", address, LibC.errno());
      }
      byte[] text = message.getBytes(StandardCharsets.UTF_8);
      ByteBuffer data = ByteBuffer.allocateDirect(text.length).put(0, text);
      long sent;
      do {
        sent = LibC.API.write(fd, MemoryIO.getInstance().getDirectBufferAddress(data), text.length);
      } while (sent < 0 && LibC.errno() == Errno.EINTR);
      if (sent < 0) {
        throw new LinuxException("write", address, LibC.errno());
      }
    } finally {
      LibC.API.close(fd);
    }
  }
}
