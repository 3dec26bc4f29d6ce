package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads a {@code multipart/byteranges} request body (RFC 2046, 5.1.1; RFC 9110, 14.6) as it comes,
 * in pieces of any size. The bytes of a part are left to the caller, and counted by what its
 * Content-Range says: what looks like a delimiter in them is none. Belongs to one thread.
 */
final class MultipartReader {
  /** What comes next. */
  enum State {
    /** Before the first delimiter. */
    PREAMBLE,
    /** Header fields of a part. */
    HEADERS,
    /** The caller's: {@link #remaining} bytes of a part. */
    DATA,
    /** The end of the line behind a part's bytes. */
    DATA_END,
    /** A delimiter. */
    DELIMITER,
    /** Behind the last delimiter. */
    EPILOGUE,
    /** It is no such body: {@link #mistake} says why. */
    BROKEN
  }

  /** Of one line, delimiters and header fields. */
  private static final int MOST_LINE = 1024;

  /** Of lines before the first delimiter or in the header of one part. */
  private static final int MOST_LINES = 32;

  private final String delimiter;
  private final byte[] line = new byte[MOST_LINE];
  private int lineLength;
  private int lines;
  private State state = State.PREAMBLE;
  private ContentRangeHeader range;
  private long remaining;
  private int parts;
  private String mistake;

  private MultipartReader(String boundary) {
    this.delimiter = "--" + boundary;
  }

  /**
   * A reader of a body of this Content-Type.
   *
   * @return null if it names no boundary
   */
  static MultipartReader of(String contentType) {
    for (String parameter : contentType.split(";")) {
      String[] pair = parameter.strip().split("=", 2);
      if (pair.length == 2 && pair[0].strip().equalsIgnoreCase("boundary")) {
        String value = pair[1].strip();
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
          value = value.substring(1, value.length() - 1);
        }
        return value.matches("[0-9a-zA-Z'()+_,./:=? -]{0,69}[0-9a-zA-Z'()+_,./:=?-]")
            ? new MultipartReader(value)
            : null;
      }
    }
    return null;
  }

  State state() {
    return state;
  }

  String mistake() {
    return mistake;
  }

  /** The part whose bytes come next, or came last. */
  ContentRangeHeader range() {
    return range;
  }

  /** Bytes of the part that have not come yet. */
  long remaining() {
    return remaining;
  }

  /** The caller has taken bytes of the part. */
  void took(int bytes) {
    remaining -= bytes;
    if (remaining == 0) {
      state = State.DATA_END;
    }
  }

  /** Reads up to the bytes of the next part, or as far as {@code bytes} reaches. */
  void read(ByteBuf bytes) {
    while (state != State.DATA && state != State.BROKEN && bytes.isReadable()) {
      if (state == State.EPILOGUE) {
        bytes.skipBytes(bytes.readableBytes());
        return;
      }
      byte b = bytes.readByte();
      if (b == '\n') {
        endLine();
      } else if (lineLength == MOST_LINE) {
        broken("a line has more than " + MOST_LINE + " bytes");
      } else {
        line[lineLength++] = b;
      }
    }
  }

  /** The body has ended: whether where it may. */
  boolean endedWell() {
    if (state == State.DELIMITER && lineLength > 0) {
      // The last line need not end.
      endLine();
    }
    if (state != State.EPILOGUE && state != State.BROKEN) {
      broken(
          state == State.DATA
              ? "the body ends " + remaining + " bytes before its part does"
              : "the body ends without its last delimiter " + delimiter + "--");
    }
    return state == State.EPILOGUE;
  }

  private void endLine() {
    int length = lineLength > 0 && line[lineLength - 1] == '\r' ? lineLength - 1 : lineLength;
    String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
    lineLength = 0;
    switch (state) {
      case PREAMBLE -> {
        if (isDelimiter(text, delimiter)) {
          beginPart();
        } else if (++lines > MOST_LINES) {
          broken("no delimiter " + delimiter + " within the first " + MOST_LINES + " lines");
        }
      }
      case HEADERS -> header(text);
      case DATA_END -> {
        if (text.isEmpty()) {
          state = State.DELIMITER;
        } else {
          broken("the part is longer than its Content-Range says");
        }
      }
      case DELIMITER -> {
        if (isDelimiter(text, delimiter + "--")) {
          state = State.EPILOGUE;
        } else if (isDelimiter(text, delimiter)) {
          beginPart();
        } else {
          broken("behind the part no delimiter " + delimiter + " follows");
        }
      }
      default -> throw new IllegalStateException("no line is read in " + state);
    }
  }

  private void beginPart() {
    state = State.HEADERS;
    range = null;
    lines = 0;
    parts++;
  }

  private void header(String text) {
    if (text.isEmpty()) {
      if (range == null) {
        broken("the part has no Content-Range");
      } else {
        remaining = range.length();
        state = State.DATA;
      }
      return;
    }
    if (++lines > MOST_LINES) {
      broken("the part has more than " + MOST_LINES + " header fields");
      return;
    }
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon).strip().toLowerCase(Locale.ROOT);
    String value = colon < 0 ? "" : text.substring(colon + 1).strip();
    switch (name) {
      case "content-range" -> {
        boolean twice = range != null;
        range = ContentRangeHeader.parse(value);
        if (range == null || twice) {
          broken(
              twice
                  ? "the part has two Content-Range"
                  : "Content-Range '" + value + "' is malformed; write bytes first-last/*");
        }
      }
      case "content-encoding", "content-transfer-encoding" -> {
        if (!value.matches("(?i)identity|binary|8bit|7bit")) {
          broken("the part is encoded as '" + value + "'; send it as it is");
        }
      }
      default -> {
        if (colon <= 0) {
          broken("'" + text + "' is no header field");
        }
      }
    }
  }

  /** A delimiter may have white space behind it. */
  private static boolean isDelimiter(String text, String wanted) {
    return text.startsWith(wanted) && text.substring(wanted.length()).isBlank();
  }

  private void broken(String what) {
    state = State.BROKEN;
    mistake = parts == 0 ? what : "part " + (parts - 1) + ": " + what;
  }
}
