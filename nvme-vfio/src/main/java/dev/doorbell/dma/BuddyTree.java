package dev.doorbell.dma;

import java.util.Arrays;

/**
 * A buddy allocator over the units of a power-of-two range.
 *
 * <p>A complete binary tree in an array: each node holds the order of the largest free block below
 * it, so that an allocation walks down once and a release walks up once, without lists and without
 * allocating. Node 1 is the root; the children of {@code n} are {@code 2n} and {@code 2n + 1}.
 */
final class BuddyTree {
  private static final byte NONE = -1;

  private final int maxOrder;
  private final byte[] largestFree;

  /**
   * @param maxOrder the tree covers {@code 1 << maxOrder} units; 0 to 24
   */
  BuddyTree(int maxOrder) {
    this.maxOrder = maxOrder;
    this.largestFree = new byte[2 << maxOrder];
    for (int order = maxOrder, first = 1; order >= 0; order--, first <<= 1) {
      Arrays.fill(largestFree, first, first << 1, (byte) order);
    }
  }

  /**
   * Takes a block of {@code 1 << order} units, aligned to its size.
   *
   * @return its first unit, or -1 if no block that large is free
   */
  int allocate(int order) {
    if (order > maxOrder || largestFree[1] < order) {
      return -1;
    }
    int node = 1;
    for (int at = maxOrder; at > order; at--) {
      node <<= 1;
      if (largestFree[node] < order) {
        node++;
      }
    }
    largestFree[node] = NONE;
    updateAncestors(node, order);
    return unitOf(node, order);
  }

  /** Gives back a block that {@link #allocate} returned with the same order. */
  void release(int unit, int order) {
    int node = (1 << maxOrder - order) + (unit >> order);
    assert largestFree[node] == NONE : "block released twice: unit " + unit + ", order " + order;
    largestFree[node] = (byte) order;
    updateAncestors(node, order);
  }

  private void updateAncestors(int start, int startOrder) {
    int node = start;
    for (int order = startOrder; order < maxOrder; order++) {
      node >>= 1;
      byte left = largestFree[2 * node];
      byte right = largestFree[2 * node + 1];
      // Two free buddies are one free block of the next order.
      largestFree[node] =
          left == order && right == order ? (byte) (order + 1) : (byte) Math.max(left, right);
    }
  }

  private int unitOf(int node, int order) {
    return node - (1 << maxOrder - order) << order;
  }
}
