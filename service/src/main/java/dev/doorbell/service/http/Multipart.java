package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * The text between the parts of a {@code multipart/byteranges} body (RFC 9110, 14.6), whose length
 * is known before any of it is written. Reused; belongs to one thread.
 */
final class Multipart {
  private static final int BOUNDARY = 32;
  private static final int DRAWN_AT_ONCE = 64 * BOUNDARY / 2;
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final byte[] DASHES = ascii("--");
  private static final byte[] LINE = ascii("\r\n");
  private static final byte[] FIELDS =
      ascii("\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ");
  private static final byte[] END_OF_FIELDS = ascii("\r\n\r\n");
  private static final int LONGEST_NUMBER = 19;

  /** Bytes that the text of one part has at most, the end of the body included. */
  static final int MOST_TEXT =
      2 * (2 + BOUNDARY + 4) + FIELDS.length + 3 * LONGEST_NUMBER + 2 + END_OF_FIELDS.length;

  private final SecureRandom random = new SecureRandom();
  private final byte[] drawn = new byte[DRAWN_AT_ONCE];
  private final byte[] boundary = new byte[BOUNDARY];
  private final byte[] digits = new byte[LONGEST_NUMBER];
  private int used = DRAWN_AT_ONCE;
  private long capacity;

  /**
   * Begins a body, with a boundary that nobody can foresee: so nobody can have written it to the
   * drive, to make a client see parts that are none.
   *
   * @param capacity of the namespace, which every part tells
   */
  void begin(long capacity) {
    this.capacity = capacity;
    if (used == DRAWN_AT_ONCE) {
      random.nextBytes(drawn);
      used = 0;
    }
    for (int i = 0; i < BOUNDARY; i += 2) {
      int b = drawn[used++];
      boundary[i] = HEX[b >> 4 & 0xF];
      boundary[i + 1] = HEX[b & 0xF];
    }
  }

  /** The value of Content-Type. */
  String contentType() {
    return "multipart/byteranges; boundary=" + new String(boundary, StandardCharsets.US_ASCII);
  }

  /** Bytes of the whole body. */
  long length(Extents extents) {
    long text = (long) extents.count() * (LINE.length + DASHES.length + BOUNDARY + FIELDS.length);
    text += (long) extents.count() * ("-/".length() + digits(capacity) + END_OF_FIELDS.length);
    for (int i = 0; i < extents.count(); i++) {
      long first = extents.offset(i);
      text += digits(first) + digits(first + extents.length(i) - 1);
    }
    // Nothing goes before the first delimiter, and its line is what the last one ends with.
    return extents.total() + text + DASHES.length + BOUNDARY + DASHES.length + LINE.length;
  }

  /** Writes what goes before a part's bytes. */
  void part(ByteBuf out, boolean isFirst, long offset, long length) {
    if (!isFirst) {
      out.writeBytes(LINE);
    }
    out.writeBytes(DASHES).writeBytes(boundary).writeBytes(FIELDS);
    number(out, offset);
    out.writeByte('-');
    number(out, offset + length - 1);
    out.writeByte('/');
    number(out, capacity);
    out.writeBytes(END_OF_FIELDS);
  }

  /** Writes what goes behind the last part's bytes. */
  void end(ByteBuf out) {
    out.writeBytes(LINE).writeBytes(DASHES).writeBytes(boundary).writeBytes(DASHES);
    out.writeBytes(LINE);
  }

  private void number(ByteBuf out, long value) {
    int at = LONGEST_NUMBER;
    long rest = value;
    do {
      digits[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    out.writeBytes(digits, at, LONGEST_NUMBER - at);
  }

  private static int digits(long value) {
    int count = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      count++;
    }
    return count;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
