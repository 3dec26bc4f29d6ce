package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The status line and the fields of a 206 to a read over HTTP/1.1 (RFC 9112, 2.1), which stays
 * open: always the same but for a few numbers and, once a second, the date. Belongs to one event
 * loop.
 */
final class AnswerLines {
  /** They take no more. */
  static final int MOST_BYTES = 384;

  private static final byte[] LENGTH = ascii("\r\ncontent-length: ");
  private static final byte[] RANGE = ascii("\r\ncontent-range: bytes ");
  private static final byte[] END = ascii("\r\n\r\n");

  private final byte[] lines = new byte[MOST_BYTES];
  private int constant;
  private CharSequence date;

  /**
   * Writes the lines, whose body is to follow.
   *
   * @param out has room for {@link #MOST_BYTES}
   * @param first first byte of the answer in the representation
   * @param stop byte after the last
   * @param complete bytes of the whole representation
   * @param now value of Date; another object when it changes
   */
  void write(ByteBuf out, long first, long stop, long complete, CharSequence now) {
    if (now != date) {
      date = now;
      constant = append(0, constant());
    }
    int end = append(constant, LENGTH);
    end = Decimal.write(lines, end, stop - first);
    end = append(end, RANGE);
    end = Decimal.write(lines, end, first);
    lines[end++] = '-';
    end = Decimal.write(lines, end, stop - 1);
    lines[end++] = '/';
    end = Decimal.write(lines, end, complete);
    end = append(end, END);
    out.writeBytes(lines, 0, end);
  }

  private byte[] constant() {
    String text =
        "HTTP/1.1 206 Partial Content\r\n"
            + "date: %s\r\ncontent-type: %s\r\naccept-ranges: %s\r\ncache-control: %s";
    return ascii(
        text.formatted(date, DataHeaders.OCTET_STREAM, DataHeaders.BYTES, DataHeaders.NO_STORE));
  }

  private int append(int end, byte[] more) {
    System.arraycopy(more, 0, lines, end, more.length);
    return end + more.length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
