package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * The head of a request for one byte range, all but the two numbers of which stand for those like
 * it: a head that differs in them alone means the same of another range. Belongs to one thread.
 */
final class ReadTemplate extends RangeTemplate {
  private static final String UNIT = "bytes=";
  private static final String FIELD = "range:";

  private static final String END = "\r\n\r\n";

  /** Digits that a number may have and be held by a long for sure. */
  private static final int MOST_DIGITS = 18;

  private final ByteBuf before;
  private final ByteBuf after;

  private ReadTemplate(BlockDevice device, ByteBuf before, ByteBuf after) {
    this.device = device;
    this.before = before;
    this.after = after;
  }

  /**
   * Makes a template.
   *
   * @param head of a request that has come, perhaps with more behind it
   * @param range value of its Range field
   * @param device what it reads
   * @return null if the value is not of the form bytes=first-last or not found for sure, or if
   *     there is anything but one head
   */
  static ReadTemplate of(byte[] head, String range, BlockDevice device) {
    String text = new String(head, StandardCharsets.ISO_8859_1);
    int value = text.indexOf(range);
    if (!range.startsWith(UNIT)
        || value < 0
        || text.lastIndexOf(range) != value
        || text.indexOf(END) != text.length() - END.length()) {
      return null;
    }
    int line = text.lastIndexOf('\n', value) + 1;
    int end = value + range.length();
    if (!text.substring(line, value).strip().equalsIgnoreCase(FIELD) || text.charAt(end) != '\r') {
      return null;
    }
    int begin = value + UNIT.length();
    ReadTemplate template =
        new ReadTemplate(
            device,
            Unpooled.wrappedBuffer(head, 0, begin),
            Unpooled.wrappedBuffer(head, end, head.length - end));
    return template.matches(Unpooled.wrappedBuffer(head)) ? template : null;
  }

  /** Whether bytes are a head like this one; then the range is theirs. */
  boolean matches(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int begin = start + before.capacity();
    int end = bytes.writerIndex() - after.capacity();
    return begin < end
        && ByteBufUtil.equals(bytes, start, before, 0, before.capacity())
        && ByteBufUtil.equals(bytes, end, after, 0, after.capacity())
        && parse(bytes, begin, end);
  }

  /** The head that asks for a range. */
  ByteBuf head(long first, long last) {
    ByteBuf head = Unpooled.buffer(before.capacity() + after.capacity() + 2 * MOST_DIGITS + 1);
    head.writeBytes(before, 0, before.capacity());
    head.writeCharSequence(first + "-" + last, StandardCharsets.US_ASCII);
    return head.writeBytes(after, 0, after.capacity());
  }

  private boolean parse(ByteBuf bytes, int begin, int end) {
    int dash = bytes.indexOf(begin, end, (byte) '-');
    first = number(bytes, begin, dash);
    last = number(bytes, dash + 1, end);
    return dash >= 0 && first >= 0 && last >= first;
  }

  /** A number, or one below 0 if there is none. */
  private static long number(ByteBuf bytes, int begin, int end) {
    if (begin >= end || end - begin > MOST_DIGITS) {
      return Decimal.INVALID;
    }
    long value = 0;
    for (int i = begin; i < end; i++) {
      int digit = bytes.getByte(i) - '0';
      if (digit < 0 || digit > 9) {
        return Decimal.INVALID;
      }
      value = 10 * value + digit;
    }
    return value;
  }
}
