package dev.doorbell.service.http;

import io.vertx.core.http.HttpHeaders;

/** Header names and values of the data path, encoded once. */
final class DataHeaders {
  static final CharSequence OCTET_STREAM = HttpHeaders.createOptimized("application/octet-stream");
  static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
  static final CharSequence ACCEPT_QUERY = HttpHeaders.createOptimized("Accept-Query");
  static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  static final CharSequence BYTES = HttpHeaders.createOptimized("bytes");
  static final CharSequence RANGE = HttpHeaders.createOptimized("Range");
  static final CharSequence PREFER = HttpHeaders.createOptimized("Prefer");
  static final CharSequence PREFERENCE_APPLIED = HttpHeaders.createOptimized("Preference-Applied");
  static final CharSequence IF_RANGE = HttpHeaders.createOptimized("If-Range");
  static final CharSequence VOLATILE = HttpHeaders.createOptimized("durability=volatile");
  static final CharSequence DURABLE = HttpHeaders.createOptimized("durability=durable");

  private DataHeaders() {}
}
