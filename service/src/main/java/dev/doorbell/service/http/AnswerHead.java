package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.nio.charset.StandardCharsets;

/**
 * The HEADERS frame of an answer to a read (RFC 9113, 6.2): always the same but for a few numbers
 * and, once a second, the date.
 *
 * <p>Its fields are literals without indexing (RFC 7541, 6.2.2). So they do not touch the dynamic
 * table, and header blocks of Netty's encoder may come before and after on the same connection.
 * Belongs to one event loop.
 */
final class AnswerHead {
  /** A frame takes no more. */
  static final int MOST_BYTES = 384;

  /** Bytes of a frame's own header (RFC 9113, 4.1). */
  static final int FRAME_HEADER = Http2CodecUtil.FRAME_HEADER_LENGTH;

  /**
   * What the fields come to as the client may limit them (SETTINGS_MAX_HEADER_LIST_SIZE; RFC 9113,
   * 6.5.2), at most.
   */
  static final int MOST_LIST_SIZE = 1024;

  private static final Http2Flags END_HEADERS = new Http2Flags().endOfHeaders(true);

  // Entries of the static table (RFC 7541, appendix A).
  private static final byte STATUS_200 = (byte) (0x80 | 8);
  private static final byte STATUS_206 = (byte) (0x80 | 10);
  private static final int ACCEPT_RANGES = 18;
  private static final int CACHE_CONTROL = 24;
  private static final int CONTENT_LENGTH = 28;
  private static final int CONTENT_RANGE = 30;
  private static final int CONTENT_TYPE = 31;
  private static final int DATE = 33;

  /** Largest index that fits the first byte of a literal. */
  private static final int PREFIX = 15;

  private static final byte[] UNIT = "bytes ".getBytes(StandardCharsets.US_ASCII);

  private final byte[] block = new byte[MOST_BYTES];
  private int constant;
  private int end;
  private CharSequence date;

  /**
   * Writes the frame of an answer, whose body is to follow.
   *
   * @param out has room for {@link #MOST_BYTES}
   * @param first first byte of the answer in the representation
   * @param stop byte after the last
   * @param complete bytes of the whole representation
   * @param now value of Date; another object when it changes
   */
  void write(
      ByteBuf out,
      int stream,
      boolean partial,
      long first,
      long stop,
      long complete,
      CharSequence now) {
    if (now != date) {
      setConstant(now);
    }
    block[0] = partial ? STATUS_206 : STATUS_200;
    end = constant;
    int value = begin(CONTENT_LENGTH);
    end = Decimal.write(block, end, stop - first);
    end(value);
    if (partial) {
      value = begin(CONTENT_RANGE);
      System.arraycopy(UNIT, 0, block, end, UNIT.length);
      end += UNIT.length;
      end = Decimal.write(block, end, first);
      block[end++] = '-';
      end = Decimal.write(block, end, stop - 1);
      block[end++] = '/';
      end = Decimal.write(block, end, complete);
      end(value);
    }
    Http2CodecUtil.writeFrameHeader(out, end, Http2FrameTypes.HEADERS, END_HEADERS, stream);
    out.writeBytes(block, 0, end);
  }

  /** Writes the header of a DATA frame (RFC 9113, 6.1). */
  static void writeData(ByteBuf out, int stream, int length, boolean last) {
    // Netty's own would make room for the payload, which lies elsewhere.
    out.writeMedium(length);
    out.writeByte(Http2FrameTypes.DATA);
    out.writeByte(last ? Http2Flags.END_STREAM : 0);
    out.writeInt(stream);
  }

  private void setConstant(CharSequence now) {
    date = now;
    // The first byte is the status.
    end = 1;
    field(CONTENT_TYPE, DataHeaders.OCTET_STREAM);
    field(ACCEPT_RANGES, DataHeaders.BYTES);
    field(CACHE_CONTROL, DataHeaders.NO_STORE);
    field(DATE, now);
    constant = end;
  }

  private void field(int name, CharSequence text) {
    int value = begin(name);
    for (int i = 0; i < text.length(); i++) {
      block[end++] = (byte) text.charAt(i);
    }
    end(value);
  }

  /** Writes a name and leaves a byte for the length of the value: none needs more. */
  private int begin(int name) {
    if (name < PREFIX) {
      block[end++] = (byte) name;
    } else {
      block[end++] = PREFIX;
      block[end++] = (byte) (name - PREFIX);
    }
    return end++;
  }

  private void end(int value) {
    block[value] = (byte) (end - value - 1);
  }
}
