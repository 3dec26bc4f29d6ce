package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;

/**
 * The fields of a request over HTTP/2 for one byte range, all but the two numbers of which stand
 * for those like it: fields that differ in them alone mean the same of another range. Belongs to
 * one thread.
 */
final class FieldTemplate extends RangeTemplate {
  private static final AsciiString UNIT = AsciiString.cached("bytes=");

  private final CharSequence[] names;
  private final CharSequence[] values;

  private FieldTemplate(int fields) {
    this.names = new CharSequence[fields];
    this.values = new CharSequence[fields];
  }

  /**
   * Copies the fields of a request.
   *
   * @return null if no two numbers are found in them
   */
  static FieldTemplate of(Http2Headers fields) {
    FieldTemplate template = new FieldTemplate(fields.size());
    int i = 0;
    int ranges = 0;
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      template.names[i] = field.getKey();
      if (AsciiString.contentEquals(field.getKey(), DataHeaders.RANGE)) {
        ranges++;
      } else {
        template.values[i] = field.getValue();
      }
      i++;
    }
    return ranges == 1 && template.matches(fields) ? template : null;
  }

  /** Says what such requests read. */
  FieldTemplate reads(BlockDevice namespace) {
    device = namespace;
    return this;
  }

  /** Whether fields are like these; then the range is theirs. */
  boolean matches(Http2Headers fields) {
    if (fields.size() != names.length) {
      return false;
    }
    int i = 0;
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      if (!same(names[i], field.getKey())) {
        return false;
      }
      CharSequence value = field.getValue();
      if (values[i] == null ? !parse(value) : !same(values[i], value)) {
        return false;
      }
      i++;
    }
    return true;
  }

  /** Those of the tables of HPACK come as the same object every time. */
  private static boolean same(CharSequence a, CharSequence b) {
    return a == b || AsciiString.contentEquals(a, b);
  }

  private boolean parse(CharSequence range) {
    if (!AsciiString.regionMatches(range, false, 0, UNIT, 0, UNIT.length())) {
      return false;
    }
    int dash = AsciiString.indexOf(range, '-', UNIT.length());
    first = Decimal.parse(range, UNIT.length(), dash);
    last = Decimal.parse(range, dash + 1, range.length());
    return first >= 0 && last >= first && last < Long.MAX_VALUE;
  }
}
