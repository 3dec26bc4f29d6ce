package dev.doorbell.service.http;

import java.nio.charset.StandardCharsets;

/**
 * Parses the body of a QUERY: a JSON array of objects, each with the members {@code offset} and
 * {@code length}, whole numbers in plain digits; or, as in the bodies of actions, an object with
 * that array as its only member {@code extents}.
 *
 * <p>By hand, as the list is all that a vectored read brings: no object is made of it. Stricter
 * than JSON in one thing: the names may not be written with escapes. Reused; belongs to one thread.
 */
final class ExtentListParser {
  private static final byte[] EXTENTS = "extents\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OFFSET = "offset\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LENGTH = "length\"".getBytes(StandardCharsets.US_ASCII);
  private static final long NONE = -1;

  private byte[] text;
  private int at;
  private int end;
  private String mistake;

  /**
   * Parses {@code bytes[begin, end)}.
   *
   * @param most extents that there may be
   * @return null, or what is wrong
   */
  String parse(byte[] bytes, int begin, int end, int most, Extents into) {
    this.text = bytes;
    this.at = begin;
    this.end = end;
    this.mistake = null;
    into.clear();
    if (!body(most, into)) {
      String where = "byte " + (at - begin) + " of the body: " + mistake;
      text = null;
      return where;
    }
    text = null;
    return null;
  }

  private boolean body(int most, Extents into) {
    if (!skip('{')) {
      return list(most, into) && end();
    }
    if (!expect('"', "the member \"extents\"")) {
      return false;
    }
    if (!name(EXTENTS)) {
      return wrong("a member other than \"extents\"");
    }
    return expect(':', "':'") && list(most, into) && expect('}', "'}'") && end();
  }

  private boolean end() {
    return peek() < 0 || wrong("something follows the list");
  }

  private boolean list(int most, Extents into) {
    if (!expect('[', "a list of extents")) {
      return false;
    }
    if (peek() == ']') {
      return wrong("the list names no extent");
    }
    do {
      if (into.count() == most) {
        return wrong("more than " + most + " extents");
      }
      if (!extent(into)) {
        return false;
      }
    } while (skip(','));
    return expect(']', "',' or ']'");
  }

  private boolean extent(Extents into) {
    if (!expect('{', "an extent, {\"offset\": …, \"length\": …}")) {
      return false;
    }
    long offset = NONE;
    long length = NONE;
    do {
      if (!expect('"', "the member \"offset\" or \"length\"")) {
        return false;
      }
      boolean first = name(OFFSET);
      if (!first && !name(LENGTH)) {
        return wrong("a member other than \"offset\" and \"length\"");
      }
      if ((first ? offset : length) != NONE) {
        return wrong("the member \"" + (first ? "offset" : "length") + "\" is there twice");
      }
      if (!expect(':', "':'")) {
        return false;
      }
      long value = number();
      if (value < 0) {
        return false;
      }
      if (first) {
        offset = value;
      } else {
        length = value;
      }
    } while (skip(','));
    if (!expect('}', "',' or '}'")) {
      return false;
    }
    if (offset == NONE || length == NONE) {
      return wrong("the extent has no \"" + (offset == NONE ? "offset" : "length") + "\"");
    }
    if (length == 0) {
      return wrong("\"length\" is 0, at least 1 is allowed");
    }
    into.add(offset, length);
    return true;
  }

  private boolean name(byte[] name) {
    if (end - at < name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (text[at + i] != name[i]) {
        return false;
      }
    }
    at += name.length;
    return true;
  }

  /** A whole number, saturating; or -1. */
  private long number() {
    int first = peek();
    if (first < '0' || first > '9') {
      wrong("a whole number that is not negative is expected");
      return -1;
    }
    int begin = at;
    long value = 0;
    while (at < end) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
      at++;
    }
    if (first == '0' && at - begin > 1) {
      at = begin;
      wrong("a number begins with 0");
      return -1;
    }
    return value;
  }

  /** What comes after white space, which is skipped; -1 at the end. */
  private int peek() {
    while (at < end) {
      int c = text[at];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return c & 0xFF;
      }
      at++;
    }
    return -1;
  }

  private boolean skip(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private boolean expect(char c, String what) {
    return skip(c) || wrong(what + " is expected");
  }

  private boolean wrong(String what) {
    mistake = what;
    return false;
  }
}
