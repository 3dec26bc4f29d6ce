package dev.doorbell.service.config;

import java.util.List;
import java.util.Optional;

/** Finds the known name a mistyped one most likely means. */
final class Nearest {
  private Nearest() {}

  /** The known name within a third of its length in edits, the first of equals. */
  static Optional<String> to(String name, List<String> known) {
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : known) {
      // A key without its section is meant as the key, however far apart the two are in edits.
      int distance = candidate.endsWith("." + name) ? 1 : distance(name, candidate);
      if (distance < bestDistance && distance <= Math.max(1, candidate.length() / 3)) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** "; did you mean X?" or, where nothing is near, "; allowed here: …". */
  static String hint(String name, List<String> near, List<String> allowed) {
    Optional<String> meant = to(name, near);
    return meant.isPresent()
        ? "; did you mean " + meant.get() + "?"
        : "; allowed: " + String.join(", ", allowed);
  }

  /** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(last[j], row[j - 1]) + 1, last[j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = row;
      row = spare;
    }
    return last[b.length()];
  }
}
