package dev.doorbell.service.http;

/** Error codes of HTTP/2 (RFC 9113, 7). */
final class HttpErrors {
  static final long NO_ERROR = 0x0;
  static final long INTERNAL_ERROR = 0x2;

  private HttpErrors() {}
}
