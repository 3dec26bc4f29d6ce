package dev.doorbell.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuddyTreeTest {
  private record Block(int unit, int order) {}

  @Test
  void aTreeOfOneUnitGivesItOnce() {
    BuddyTree tree = new BuddyTree(0);
    assertEquals(0, tree.allocate(0));
    assertEquals(-1, tree.allocate(0));
    tree.release(0, 0);
    assertEquals(0, tree.allocate(0));
  }

  @Test
  void refusesAnOrderBeyondTheWhole() {
    assertEquals(-1, new BuddyTree(3).allocate(4));
  }

  @Test
  void aSingleUnitInUseKeepsTheWholeFromBeingWhole() {
    BuddyTree tree = new BuddyTree(4);
    int unit = tree.allocate(0);
    assertEquals(-1, tree.allocate(4));
    assertEquals(8, tree.allocate(3), "the other half is whole");
    tree.release(8, 3);
    tree.release(unit, 0);
    assertEquals(0, tree.allocate(4));
  }

  @Test
  void aSecondReleaseIsNoticed() {
    BuddyTree tree = new BuddyTree(2);
    int unit = tree.allocate(1);
    tree.release(unit, 1);
    assertThrows(AssertionError.class, () -> tree.release(unit, 1));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34})
  void agreesWithAMapOfUnits(long seed) {
    Random random = new Random(seed);
    int maxOrder = random.nextInt(1, 9);
    BuddyTree tree = new BuddyTree(maxOrder);
    boolean[] used = new boolean[1 << maxOrder];
    List<Block> blocks = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      String where = "seed " + seed + ", step " + step;
      // Long phases of growing and of shrinking, so that both ends are met.
      boolean grow = random.nextInt(100) < (step / 500 % 2 == 0 ? 70 : 30);
      if (grow || blocks.isEmpty()) {
        int order = random.nextInt(maxOrder + 1);
        int unit = tree.allocate(order);
        if (unit < 0) {
          assertTrue(!anyFree(used, order), where + ": refused though free, order " + order);
        } else {
          assertEquals(0, unit & (1 << order) - 1, where + ": not aligned to its size");
          mark(used, unit, order, true, where);
          blocks.add(new Block(unit, order));
        }
      } else {
        Block block = blocks.remove(random.nextInt(blocks.size()));
        tree.release(block.unit, block.order);
        mark(used, block.unit, block.order, false, where);
      }
    }
    blocks.forEach(block -> tree.release(block.unit, block.order));
    assertEquals(0, tree.allocate(maxOrder), "seed " + seed + ": coalesces to one block");
  }

  private static void mark(boolean[] used, int unit, int order, boolean now, String where) {
    for (int i = unit; i < unit + (1 << order); i++) {
      assertEquals(!now, used[i], where + ": overlaps at unit " + i);
    }
    Arrays.fill(used, unit, unit + (1 << order), now);
  }

  private static boolean anyFree(boolean[] used, int order) {
    for (int unit = 0; unit < used.length; unit += 1 << order) {
      boolean free = true;
      for (int i = unit; i < unit + (1 << order); i++) {
        free &= !used[i];
      }
      if (free) {
        return true;
      }
    }
    return false;
  }
}
