package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

  /**
   * Reads an answer with a part, and checks it.
   *
   * @param first first byte of the part
   * @param representation from its first byte on, at least as far as the part goes
   * @param complete bytes of the whole representation
   * @return the head, as {@link #readHead}
   */
  String readPart(int first, int end, byte[] representation, int complete) throws IOException {
    String head = readHead();
    assertTrue(head.startsWith("http/1.1 206 partial content\r\n"), head);
    assertTrue(head.contains("content-length: " + (end - first) + "\r\n"), head);
    String range = "content-range: bytes %d-%d/%d\r\n".formatted(first, end - 1, complete);
    assertTrue(head.contains(range), head);
    assertArrayEquals(Arrays.copyOfRange(representation, first, end), read(end - first));
    return head;
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
