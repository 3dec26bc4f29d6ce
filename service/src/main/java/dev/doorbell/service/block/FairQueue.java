package dev.doorbell.service.block;

import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Requests that wait for the rate of their namespace: each client's in order, the clients in turn,
 * so that one with many does not keep back one with few. Belongs to a loop's thread.
 */
final class FairQueue {
  private static final Object NOBODY = new Object();

  private final Map<Object, ArrayDeque<BlockRequest>> waiting = new IdentityHashMap<>();
  private final ArrayDeque<Object> turns = new ArrayDeque<>();
  private int size;

  void add(BlockRequest request) {
    Object client = request.client == null ? NOBODY : request.client;
    ArrayDeque<BlockRequest> own = waiting.get(client);
    if (own == null) {
      own = new ArrayDeque<>();
      waiting.put(client, own);
      turns.add(client);
    }
    own.add(request);
    size++;
  }

  /** The request whose turn it is, or null. */
  BlockRequest peek() {
    return size == 0 ? null : waiting.get(turns.peek()).peek();
  }

  /** Takes the request whose turn it is; not when empty. */
  BlockRequest poll() {
    Object client = turns.poll();
    ArrayDeque<BlockRequest> own = waiting.get(client);
    BlockRequest request = own.poll();
    if (own.isEmpty()) {
      waiting.remove(client);
    } else {
      turns.add(client);
    }
    size--;
    return request;
  }

  int size() {
    return size;
  }
}
