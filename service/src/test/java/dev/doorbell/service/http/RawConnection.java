package dev.doorbell.service.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** An HTTP/1.1 connection on which a test decides about every byte. */
final class RawConnection implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;

  /** A small receive buffer, so that a reader that does not read soon holds the server up. */
  RawConnection(int port) throws IOException {
    socket = new Socket();
    socket.setReceiveBufferSize(8192);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), DEADLINE_MILLIS);
    socket.setSoTimeout(DEADLINE_MILLIS);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
  }

  /** Sends a request head, given by lines. */
  RawConnection head(String... lines) throws IOException {
    return send(String.join("\r\n", lines) + "\r\nHost: localhost\r\n\r\n");
  }

  RawConnection send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** Sends text, as it is. */
  RawConnection send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends bytes as one chunk of a chunked body. */
  RawConnection chunk(byte[] bytes) throws IOException {
    send(Integer.toHexString(bytes.length) + "\r\n");
    return send(bytes).send(new byte[] {'\r', '\n'});
  }

  RawConnection lastChunk() throws IOException {
    return send("0\r\n\r\n");
  }

  /** The next head in lower case, status line first. */
  String readHead() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("closed after: " + head.toString(StandardCharsets.US_ASCII));
      }
      head.write(b);
    }
    return head.toString(StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
  }

  byte[] read(int bytes) throws IOException {
    return in.readNBytes(bytes);
  }

  /** What comes until the server closes the connection. */
  byte[] readToEnd() throws IOException {
    return in.readAllBytes();
  }

  /** Ends what this side sends; the server sees an orderly end of the stream. */
  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Resets the connection, as a client does that dies. */
  void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
