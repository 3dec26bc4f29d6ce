package dev.doorbell.service.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What answers the operations of the contract, by {@code operationId}. Where they are, what they
 * take, and HEAD and OPTIONS, is the contract's business.
 */
final class Handlers {
  /** The longest body of most operations: hundreds of extents fit. */
  static final int BODY_LIMIT = 64 << 10;

  private final Map<String, Entry> entries = new HashMap<>();

  /** Answers an operation. */
  Entry on(String operationId, Operation operation) {
    return add(operationId, new Entry(operation, null));
  }

  /** Answers an operation whose answer has no end: the handler sends it by itself. */
  Entry stream(String operationId, Handler<RoutingContext> handler) {
    return add(operationId, new Entry(call -> Future.failedFuture("a stream"), handler));
  }

  /** The operations that are answered. */
  Set<String> operationIds() {
    return Set.copyOf(entries.keySet());
  }

  /** What answers an operation; null for none. */
  Entry get(String operationId) {
    return entries.get(operationId);
  }

  private Entry add(String operationId, Entry entry) {
    if (entries.put(operationId, entry) != null) {
      throw new IllegalArgumentException(operationId + " is answered twice");
    }
    return entry;
  }

  /** The answer to one operation. */
  static final class Entry {
    private final Operation operation;
    private final Handler<RoutingContext> stream;
    private int limit = BODY_LIMIT;
    private Consumer<Call> admission = call -> {};

    private Entry(Operation operation, Handler<RoutingContext> stream) {
      this.operation = operation;
      this.stream = stream;
    }

    /** Sets the longest body. */
    Entry limit(int bytes) {
      limit = bytes;
      return this;
    }

    /**
     * Sets what is asked before the body is checked: who finds out what there is wants that answer,
     * whatever the body.
     *
     * @param check throws {@link ProblemException}
     */
    Entry unless(Consumer<Call> check) {
      admission = check;
      return this;
    }

    int limit() {
      return limit;
    }

    void admit(Call call) {
      admission.accept(call);
    }

    Operation operation() {
      return operation;
    }

    /** Null unless the answer is a stream. */
    Handler<RoutingContext> stream() {
      return stream;
    }
  }
}
