package dev.doorbell.nvme.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShadowDoorbellTest {
  private final ByteBuffer shadows =
      ByteBuffer.allocateDirect(4096).alignedSlice(8).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer events =
      ByteBuffer.allocateDirect(4096).alignedSlice(8).order(ByteOrder.LITTLE_ENDIAN);
  private final List<Integer> rung = new ArrayList<>();
  private final ShadowDoorbell doorbell = new ShadowDoorbell(shadows, events, 8, rung::add);

  @Test
  void ringsTheRegisterWhenItPassesTheEventIdxAlone() {
    events.putInt(8, 4);
    for (int index = 1; index <= 8; index++) {
      doorbell.ring(index);
      assertEquals(index, shadows.getInt(8));
    }
    assertEquals(List.of(5), rung);
    assertEquals(7, doorbell.saved());
  }

  @Test
  void aBatchThatPassesTheEventIdxRings() {
    events.putInt(8, 4);
    doorbell.ring(3);
    doorbell.ring(9);
    assertEquals(List.of(9), rung);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 128, 1024, 65_535, 65_536})
  void isExactAcrossTheWrapOfEveryQueueSize(int entries) {
    int step = Math.max(1, entries / 7);
    int tail = 0;
    for (int i = 0; i < 40; i++) {
      int before = tail;
      tail = (tail + step) % entries;
      for (int behind : new int[] {0, 1, step - 1, step, step + 1}) {
        int event = Math.floorMod(before - behind + step, entries);
        doorbell.restart();
        rung.clear();
        events.putInt(8, 0);
        // Brings the doorbell to the index before.
        doorbell.ring(before);
        rung.clear();
        events.putInt(8, event);
        doorbell.ring(tail);
        // Passed: the EventIdx is one of the indices that this step left behind.
        boolean passed =
            Math.floorMod(event - before, entries) < Math.floorMod(tail - before, entries);
        assertEquals(
            passed,
            !rung.isEmpty(),
            "entries %d, from %d to %d, event %d".formatted(entries, before, tail, event));
      }
    }
  }

  /**
   * Every order in which the two steps of a ring (store the index, load the EventIdx) and the two
   * of a controller going to rest (store the EventIdx, look at the index) can come.
   */
  @ParameterizedTest
  @ValueSource(strings = {"HHCC", "HCHC", "HCCH", "CHHC", "CHCH", "CCHH"})
  void noInterleavingLosesADoorbell(String order) {
    for (int entries : new int[] {2, 128}) {
      for (int start = 0; start < entries; start++) {
        int next = (start + 1) % entries;
        doorbell.restart();
        events.putInt(8, 0);
        doorbell.ring(start);
        // The controller has worked off everything up to `start` and has not said so yet.
        events.putInt(8, Math.floorMod(start - 1, entries));
        boolean announced = false;
        boolean armed = false;
        boolean rings = false;
        boolean seen = false;
        for (char who : order.toCharArray()) {
          if (who == 'H' && !announced) {
            doorbell.announce(next);
            announced = true;
          } else if (who == 'H') {
            rings = doorbell.passesEvent(next);
          } else if (!armed) {
            events.putInt(8, start);
            armed = true;
          } else {
            seen = shadows.getInt(8) == next;
          }
        }
        assertTrue(rings || seen, order + ", from " + start + " of " + entries);
      }
    }
  }

  @Test
  void aQueueThatStartsAgainStartsAtZero() {
    doorbell.ring(5);
    doorbell.restart();
    rung.clear();
    events.putInt(8, 7);
    doorbell.ring(1);
    assertTrue(rung.isEmpty());
    events.putInt(8, 1);
    doorbell.ring(2);
    assertFalse(rung.isEmpty());
  }
}
