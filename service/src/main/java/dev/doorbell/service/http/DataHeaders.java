package dev.doorbell.service.http;

import io.vertx.core.http.HttpHeaders;

/**
 * Header names and values of the data path, encoded once. Names are in lower case: over HTTP/2
 * others would be copied to be so, at every use.
 */
final class DataHeaders {
  static final CharSequence OCTET_STREAM = HttpHeaders.createOptimized("application/octet-stream");
  static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
  static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  static final CharSequence BYTES = HttpHeaders.createOptimized("bytes");
  static final CharSequence RANGE = HttpHeaders.createOptimized("range");
  static final CharSequence IF_RANGE = HttpHeaders.createOptimized("if-range");
  static final CharSequence ACCEPT_QUERY = HttpHeaders.createOptimized("accept-query");
  static final CharSequence ACCEPT_PATCH = HttpHeaders.createOptimized("accept-patch");
  static final CharSequence MULTIPART = HttpHeaders.createOptimized("multipart/byteranges");
  static final CharSequence PREFER = HttpHeaders.createOptimized("prefer");
  static final CharSequence PREFERENCE_APPLIED = HttpHeaders.createOptimized("preference-applied");
  static final CharSequence VOLATILE = HttpHeaders.createOptimized("durability=volatile");
  static final CharSequence DURABLE = HttpHeaders.createOptimized("durability=durable");
  static final CharSequence SERVER_TIMING = HttpHeaders.createOptimized("server-timing");
  static final CharSequence CONTENT_DIGEST = HttpHeaders.createOptimized("content-digest");
  static final CharSequence WANT_CONTENT_DIGEST =
      HttpHeaders.createOptimized("want-content-digest");

  static final CharSequence TRAILER = HttpHeaders.createOptimized("trailer");

  private DataHeaders() {}
}
