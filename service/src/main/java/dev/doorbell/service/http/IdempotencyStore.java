package dev.doorbell.service.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Answers to requests with an {@code Idempotency-Key}, for when they come again
 * (draft-ietf-httpapi-idempotency-key-header). Bounded in number, bytes and time; for any thread.
 * Requests without a key never come here, so that a lock does.
 */
final class IdempotencyStore {
  private static final int MOST_ENTRIES = 4096;
  private static final long MOST_BYTES = 4 << 20;
  private static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final int MOST_KEY = 255;

  /** What is to become of a request. */
  sealed interface Outcome {
    /** It is to be done, and what came of it told to the ticket. */
    record Do(Ticket ticket) implements Outcome {}

    /** It has been done, or must not be: this is the answer. */
    record Answered(Reply reply) implements Outcome {}
  }

  /** A request under way. */
  final class Ticket {
    private final String key;
    private final Entry entry;

    private Ticket(String key, Entry entry) {
      this.key = key;
      this.entry = entry;
    }

    /**
     * The request is over; what was not done may be asked for again.
     *
     * @param changed whether something was done, whatever the answer says
     */
    void finish(Reply reply, boolean changed) {
      finished(key, entry, reply, changed);
    }

    /** Nothing was done, and nobody was answered. */
    void forget() {
      IdempotencyStore.this.forget(key, entry);
    }
  }

  private synchronized void forget(String key, Entry entry) {
    entries.remove(key, entry);
  }

  private static final class Entry {
    private final String fingerprint;
    private long since;
    private Reply reply;

    Entry(String fingerprint) {
      this.fingerprint = fingerprint;
    }

    int bytes() {
      return reply == null || reply.body() == null ? 0 : reply.body().length();
    }
  }

  private final LongSupplier nanoTime;
  private final int mostEntries;
  private final long mostBytes;
  private final Map<String, Entry> entries = new LinkedHashMap<>(); // oldest first; guarded by this
  private long bytes; // of replies; guarded by this

  IdempotencyStore() {
    this(System::nanoTime, MOST_ENTRIES, MOST_BYTES);
  }

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param mostBytes of the bodies of answers
   */
  IdempotencyStore(LongSupplier nanoTime, int mostEntries, long mostBytes) {
    this.nanoTime = nanoTime;
    this.mostEntries = mostEntries;
    this.mostBytes = mostBytes;
  }

  /** What tells requests apart whose body is here: what is asked of what, and with which body. */
  static String fingerprint(Call call) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(call.body().getBytes());
      return fingerprint(call.request().method().name(), call.request().uri(), digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String fingerprint(String method, String uri, byte[] digest) {
    return method + " " + uri + " " + HexFormat.of().formatHex(digest);
  }

  /**
   * Begins a request.
   *
   * @param key as the client sent it
   * @param fingerprint the same for the same request
   */
  synchronized Outcome begin(String key, String fingerprint) {
    if (!valid(key)) {
      return refused(
          400,
          "Malformed Idempotency Key",
          "an Idempotency-Key has 1 to %d printable ASCII characters".formatted(MOST_KEY));
    }
    long now = nanoTime.getAsLong();
    expire(now);
    Entry known = entries.get(key);
    if (known != null && known.reply == null) {
      return refused(
          409,
          "Request In Progress",
          "a request with this Idempotency-Key is still under way; ask again later");
    }
    if (known != null && !known.fingerprint.equals(fingerprint)) {
      return refused(
          422,
          "Idempotency Key Reused",
          "this Idempotency-Key was used for another request; take a new one");
    }
    if (known != null) {
      return new Outcome.Answered(known.reply);
    }
    if (!makeRoom()) {
      return refused(
          503,
          "Service Unavailable",
          "%d requests with an Idempotency-Key are under way".formatted(entries.size()));
    }
    Entry entry = new Entry(fingerprint);
    entries.put(key, entry);
    return new Outcome.Do(new Ticket(key, entry));
  }

  private synchronized void finished(String key, Entry entry, Reply reply, boolean changed) {
    // To the end: the order is that of the times at which answers were there.
    entries.remove(key, entry);
    if (!changed && !done(reply.status())) {
      return;
    }
    entry.reply = reply;
    entry.since = nanoTime.getAsLong();
    entries.put(key, entry);
    bytes += entry.bytes();
    while (bytes > mostBytes && forgetOldest()) {
      // Until it fits.
    }
  }

  /** Whether a request with this answer may have changed something. */
  private static boolean done(int status) {
    return switch (status) {
      case 400, 403, 404, 405, 413, 415, 422, 501, 503 -> false;
      default -> true;
    };
  }

  private static boolean valid(String key) {
    if (key.isEmpty() || key.length() > MOST_KEY) {
      return false;
    }
    return key.chars().allMatch(c -> c >= ' ' && c < 0x7F);
  }

  private void expire(long now) {
    Iterator<Entry> each = entries.values().iterator();
    while (each.hasNext()) {
      Entry entry = each.next();
      if (entry.reply == null) {
        continue;
      }
      if (now - entry.since < KEPT_NANOS) {
        return;
      }
      bytes -= entry.bytes();
      each.remove();
    }
  }

  private boolean makeRoom() {
    return entries.size() < mostEntries || forgetOldest();
  }

  /** Forgets the oldest answer; false if there is none. */
  private boolean forgetOldest() {
    Iterator<Entry> each = entries.values().iterator();
    while (each.hasNext()) {
      Entry entry = each.next();
      if (entry.reply != null) {
        bytes -= entry.bytes();
        each.remove();
        return true;
      }
    }
    return false;
  }

  private static Outcome refused(int status, String title, String detail) {
    return new Outcome.Answered(Problem.of(status, title, detail).reply());
  }
}
