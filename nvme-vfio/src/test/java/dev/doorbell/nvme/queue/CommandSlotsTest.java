package dev.doorbell.nvme.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandSlotsTest {
  private final Command a = new Nothing();
  private final Command b = new Nothing();

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 127, 128, 129, 1024, 4096, 32768, 32769, 65535, 65536})
  void holdsOneCommandLessThanTheQueueHasEntriesUnderDistinctIdentifiers(int entries) {
    CommandSlots slots = new CommandSlots(entries);
    Set<Integer> cids = new HashSet<>();
    while (slots.anyFree()) {
      int slot = slots.take(a);
      assertTrue(slot >= 0 && slot < entries - 1);
      cids.add(slots.cid(slot));
    }
    assertEquals(entries - 1, cids.size());
    assertEquals(entries - 1, slots.inUse());
    cids.forEach(cid -> assertSame(a, slots.release(cid)));
    assertEquals(0, slots.inUse());
  }

  @Test
  void theIdentifierOfASlotChangesWithEveryUse() {
    CommandSlots slots = new CommandSlots(128);
    Set<Integer> cids = new HashSet<>();
    for (int use = 0; use < 512; use++) {
      int cid = slots.cid(slots.take(a));
      assertTrue(cids.add(cid), "cid " + cid + " came back after " + use + " uses");
      slots.release(cid);
    }
  }

  @Test
  void aLateCompletionDoesNotCompleteTheNextCommandOfItsSlot() {
    CommandSlots slots = new CommandSlots(2);
    int old = slots.cid(slots.take(a));
    assertSame(a, slots.release(old));
    assertNull(slots.release(old), "duplicate");
    int now = slots.cid(slots.take(b));
    assertNotEquals(old, now);
    assertNull(slots.release(old), "late");
    assertFalse(slots.anyFree());
    assertSame(b, slots.release(now));
  }

  @Test
  void identifiersThatNameNoCommandAreRejected() {
    CommandSlots slots = new CommandSlots(100);
    int cid = slots.cid(slots.take(a));
    for (int other = 0; other <= 0xFFFF; other++) {
      if (other != cid) {
        assertNull(slots.release(other), "cid " + other);
      }
    }
    assertEquals(1, slots.inUse());
    assertSame(a, slots.release(cid));
  }

  @Test
  void theReservedIdentifierNeverOccurs() {
    for (int entries = 2; entries <= 4096; entries++) {
      assertReservedNeverOccurs(entries);
    }
    for (int entries : new int[] {8192, 32767, 32768, 32769, 65535, 65536}) {
      assertReservedNeverOccurs(entries);
    }
  }

  private void assertReservedNeverOccurs(int entries) {
    CommandSlots slots = new CommandSlots(entries);
    // The last slot has the most low bits set; two turns of its sequence number.
    int last = 0;
    while (slots.anyFree()) {
      last = slots.take(a);
    }
    for (int use = 0; use < 2 * 65536 / entries + 2; use++) {
      int cid = slots.cid(last);
      assertNotEquals(0xFFFF, cid, entries + " entries");
      assertSame(a, slots.release(cid));
      assertEquals(last, slots.take(a));
    }
  }

  private static final class Nothing extends Command {
    @Override
    protected void completed(int status, long result) {}
  }
}
