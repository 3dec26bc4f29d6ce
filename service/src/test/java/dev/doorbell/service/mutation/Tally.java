package dev.doorbell.service.mutation;

import java.util.Map;
import java.util.TreeMap;

/** What became of the requests. */
final class Tally {
  private final Map<String, Integer> counts = new TreeMap<>();

  synchronized void add(String outcome) {
    counts.merge(outcome, 1, Integer::sum);
  }

  synchronized int of(String outcome) {
    return counts.getOrDefault(outcome, 0);
  }

  synchronized int sum() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public synchronized String toString() {
    return counts.toString();
  }
}
