package dev.doorbell.service.mutation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/**
 * A connection whose other side answers or closes, in the end: a service that does neither within
 * the deadline fails the test.
 */
final class Wire implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 30_000;

  /** How long nothing comes before a request counts as one that the service wants more of. */
  private static final int QUIET_MILLIS = 25;

  private final Socket socket = new Socket();
  private final byte[] received = new byte[1 << 16];
  private int position;
  private int limit;
  private boolean patient = true;
  private boolean closed;

  Wire(int port) throws IOException {
    socket.setTcpNoDelay(true);
    // A connection that is closed here leaves nothing behind: there are many of them.
    socket.setSoLinger(true, 0);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), DEADLINE_MILLIS);
  }

  /**
   * Whether what was sent is surely complete, so that an answer must come. Otherwise, if nothing
   * comes, this side ends its stream, and then the service must close.
   */
  void patient(boolean is) throws IOException {
    patient = is;
    socket.setSoTimeout(is ? DEADLINE_MILLIS : QUIET_MILLIS);
  }

  /** Sends, unless the service has closed, which reading will tell. */
  void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      // Reset by the service; what it sent before may still be there.
    }
  }

  /** The next byte, or -1 at the end. */
  int read() throws IOException {
    return position < limit || fill() ? received[position++] & 0xff : -1;
  }

  /** As many bytes as asked for, or null if the end comes before. */
  byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int done = 0; done < length; ) {
      if (position == limit && !fill()) {
        return null;
      }
      int n = Math.min(length - done, limit - position);
      System.arraycopy(received, position, bytes, done, n);
      position += n;
      done += n;
    }
    return bytes;
  }

  private boolean fill() throws IOException {
    while (!closed) {
      try {
        int n = socket.getInputStream().read(received);
        closed = n < 0;
        position = 0;
        limit = Math.max(0, n);
        return n > 0;
      } catch (SocketTimeoutException e) {
        if (patient) {
          throw new AssertionError("the service neither answered nor closed within its deadline");
        }
        patient(true);
        endOutput();
      } catch (IOException e) {
        closed = true;
      }
    }
    return false;
  }

  private void endOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      closed = true;
    }
  }

  boolean closed() {
    return closed;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
