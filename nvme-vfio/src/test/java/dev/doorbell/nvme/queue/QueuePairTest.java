package dev.doorbell.nvme.queue;

import static dev.doorbell.nvme.queue.QueueCounter.COMPLETED;
import static dev.doorbell.nvme.queue.QueueCounter.COMPLETION_DOORBELLS;
import static dev.doorbell.nvme.queue.QueueCounter.COMPLETION_ERRORS;
import static dev.doorbell.nvme.queue.QueueCounter.POLL_HITS;
import static dev.doorbell.nvme.queue.QueueCounter.POLL_MISSES;
import static dev.doorbell.nvme.queue.QueueCounter.SLOT_WAITS;
import static dev.doorbell.nvme.queue.QueueCounter.SUBMISSION_DOORBELLS;
import static dev.doorbell.nvme.queue.QueueCounter.SUBMITTED;
import static dev.doorbell.nvme.queue.QueueCounter.UNKNOWN_COMPLETIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueuePairTest {
  private static final int ENTRIES = 8;
  private static final long DATA = 0x1_0000_0000L;

  private final RingController controller = new RingController(ENTRIES);
  private final QueuePair pair = controller.newPair();
  private final List<Integer> order = new ArrayList<>();

  @Test
  void writesTheWholeEntry() {
    Read read = new Read(1);
    read.prepareTransfer(NvmOpcode.WRITE, 7, 0x1_2345_6789L, 16, NvmOpcode.CDW12_FUA);
    read.addSegment(DATA + 512, 8192);
    pair.submit(read);
    RingController.Entry entry = controller.fetched.remove();
    assertEquals(NvmOpcode.WRITE, entry.opcode());
    assertEquals(7, entry.nsid());
    assertEquals(0x1_2345_6789L, entry.lba());
    assertEquals(NvmOpcode.CDW12_FUA | 15, entry.cdw12());
    assertEquals(DATA + 512, entry.prp1());
    // Three pages: PRP2 is a list, read as the device would.
    assertEquals(DATA + 4096, controller.mapper.at(entry.prp2()).getLong(0));
    assertEquals(DATA + 8192, controller.mapper.at(entry.prp2()).getLong(8));
  }

  @Test
  void readsBackAcrossQueueWrapAndPhaseFlip() {
    for (int i = 0; i < 5 * ENTRIES + 3; i++) {
      Read read = new Read(i);
      pair.submit(read.at(i));
      assertEquals(i, controller.fetched.element().lba());
      controller.post(controller.fetched.remove().cid(), 0, 1000L + i);
      assertTrue(pair.hasCompletion());
      assertEquals(1, pair.poll());
      assertFalse(pair.hasCompletion());
      assertEquals(1, read.completions);
      assertEquals(1000L + i, read.result);
      assertEquals(0, pair.poll(), "an old entry is not taken again");
    }
  }

  @Test
  void aLazyHeadIsRungWheneverHalfOfTheQueueIsTaken() {
    QueuePair lazy = controller.newPairWithLazyHead();
    for (int i = 0; i < 5 * ENTRIES; i++) {
      Read read = new Read(i);
      lazy.submit(read.at(i));
      controller.completeNext();
      assertEquals(1, lazy.poll());
      assertEquals(1, read.completions);
    }
    assertEquals(5 * ENTRIES / (ENTRIES / 2), controller.heads.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 7, 8, 128})
  void aLazyHeadLeavesTheControllerRoomAtFullDepth(int entries) {
    RingController small = new RingController(entries);
    QueuePair lazy = small.newPairWithLazyHead();
    int submitted = 0;
    for (int completed = 0; completed < 10 * entries; ) {
      while (lazy.inflight() < entries - 1) {
        lazy.submit(new Read(submitted).at(submitted));
        submitted++;
      }
      assertTrue(small.room(), "after " + completed);
      while (small.room() && !small.fetched.isEmpty()) {
        small.completeNext();
      }
      completed += lazy.poll();
    }
    assertEquals(order, order.stream().sorted().toList());
  }

  @Test
  void fullBatchesCrossTheWrapAtEveryOffset() {
    int next = 0;
    for (int round = 0; round < 3 * ENTRIES; round++) {
      for (int i = 0; i < ENTRIES - 1; i++) {
        pair.submit(new Read(next).at(next));
        next++;
      }
      controller.completeAll();
      assertEquals(ENTRIES - 1, pair.poll());
    }
    assertInOrder(next);
  }

  @Test
  void completionsInAnyOrderReachTheirCommands() {
    Read[] reads = new Read[ENTRIES - 1];
    for (int i = 0; i < reads.length; i++) {
      pair.submit(reads[i] = new Read(i).at(i));
    }
    List<RingController.Entry> entries = new ArrayList<>(controller.fetched);
    for (int i = entries.size() - 1; i >= 0; i--) {
      controller.post(entries.get(i).cid(), 0, entries.get(i).lba());
    }
    assertEquals(reads.length, pair.poll());
    for (int i = 0; i < reads.length; i++) {
      assertEquals(i, reads[i].result);
    }
  }

  @Test
  void aPluggedBatchCostsOneDoorbell() {
    pair.plug();
    pair.plug();
    for (int i = 0; i < 5; i++) {
      pair.submit(new Read(i));
    }
    pair.unplug();
    assertEquals(List.of(), controller.tails, "still plugged once");
    pair.unplug();
    assertEquals(List.of(5), controller.tails);
    pair.plug();
    pair.unplug();
    assertEquals(List.of(5), controller.tails, "nothing new, nothing rung");
    assertEquals(1, count(SUBMISSION_DOORBELLS));
    assertEquals(5, count(SUBMITTED));
  }

  @Test
  void withoutAPlugEachCommandIsAnnouncedAtOnce() {
    pair.submit(new Read(0));
    pair.submit(new Read(1));
    assertEquals(List.of(1, 2), controller.tails);
  }

  @Test
  void aDrainCostsOneDoorbell() {
    submit(5);
    controller.completeAll();
    assertEquals(5, pair.poll());
    assertEquals(List.of(5), controller.heads);
    assertEquals(0, pair.poll());
    assertEquals(List.of(5), controller.heads);
    assertEquals(1, count(COMPLETION_DOORBELLS));
    assertEquals(5, count(COMPLETED));
  }

  @Test
  void whatACompletionSubmitsIsAnnouncedOncePerDrainAndAfterTheHead() {
    submit(3);
    Runnable[] again = new Runnable[1];
    again[0] = () -> pair.submit(new Read(9));
    for (int i = 0; i < 3; i++) {
      pair.submit(new Read(10 + i).then(again[0]));
    }
    controller.tails.clear();
    controller.completeAll();
    assertEquals(6, pair.poll());
    assertEquals(List.of(6), controller.heads);
    assertEquals(List.of((6 + 3) % ENTRIES), controller.tails);
  }

  @Test
  void hitsAndMissesArePollsWithWorkOutstanding() {
    pair.poll();
    assertEquals(0, count(POLL_MISSES), "nothing outstanding");
    submit(1);
    pair.poll();
    assertEquals(1, count(POLL_MISSES));
    controller.completeAll();
    pair.poll();
    assertEquals(1, count(POLL_HITS));
    assertEquals(1, count(POLL_MISSES));
  }

  @Test
  void commandsWaitForASlotInOrder() {
    submit(ENTRIES - 1 + 5);
    assertEquals(ENTRIES - 1, pair.inflight());
    assertEquals(5, pair.waiting());
    assertEquals(5, count(SLOT_WAITS));
    while (pair.inflight() > 0) {
      controller.completeNext();
      assertEquals(1, pair.poll());
    }
    assertInOrder(ENTRIES - 1 + 5);
    assertEquals(0, pair.waiting());
  }

  @Test
  void aCommandThatACompletionSubmitsGoesBehindThoseThatWait() {
    pair.submit(new Read(0).then(() -> pair.submit(new Read(100))));
    for (int i = 1; i < ENTRIES + 2; i++) {
      pair.submit(new Read(i));
    }
    drain();
    assertEquals(100, order.get(order.size() - 1));
    assertEquals(ENTRIES + 3, order.size());
  }

  @Test
  void theSlotOfAnUnrelatedCompletionStillWakesTheWaiter() {
    submit(ENTRIES);
    assertEquals(1, pair.waiting());
    controller.post(0xFFFF, 0, 0);
    assertEquals(1, pair.poll());
    assertEquals(1, pair.waiting());
    controller.completeNext();
    assertEquals(1, pair.poll());
    assertEquals(0, pair.waiting());
    assertEquals(ENTRIES - 1, pair.inflight());
  }

  @Test
  void aCompletionMaySubmitItsCommandAgain() {
    Read[] self = new Read[1];
    self[0] =
        new Read(0)
            .then(
                () -> {
                  if (self[0].completions < 100) {
                    pair.submit(self[0].at(self[0].completions));
                  }
                });
    pair.submit(self[0]);
    drain();
    assertEquals(100, self[0].completions);
    assertEquals(0, pair.inflight());
  }

  @Test
  void aCompletionMayPollWhileOthersWait() {
    for (int i = 0; i < 3 * ENTRIES; i++) {
      pair.submit(new Read(i).then(pair::poll));
    }
    drain();
    assertInOrder(3 * ENTRIES);
    assertEquals(0, pair.inflight() + pair.waiting());
  }

  @Test
  void aCompletionMayPlugAndUnplug() {
    for (int i = 0; i < 4; i++) {
      pair.submit(
          new Read(i)
              .then(
                  () -> {
                    pair.plug();
                    pair.submit(new Read(10));
                    pair.unplug();
                  }));
    }
    controller.tails.clear();
    controller.completeAll();
    assertEquals(4, pair.poll());
    assertEquals(List.of(0), controller.tails, "one doorbell, tail wrapped to 0");
    controller.completeAll();
    assertEquals(4, pair.poll());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyCommandCompletesOnceWhateverTheOrder(long seed) {
    Random random = new Random(seed);
    int[] left = {3000};
    Set<Read> live = new HashSet<>();
    for (int i = 0; i < 3 * ENTRIES; i++) {
      Read read = new Read(i);
      read.then(
          () -> {
            assertTrue(live.remove(read));
            int more = random.nextInt(3);
            for (int k = 0; k < more && left[0] > 0; k++) {
              Read next = k == 0 ? read : new Read(0).then(() -> {});
              if (k == 0) {
                left[0]--;
                live.add(read);
                pair.submit(next.at(left[0]));
              } else {
                pair.submit(next);
              }
            }
            if (random.nextInt(4) == 0) {
              pair.poll();
            }
          });
      live.add(read);
      pair.submit(read);
    }
    while (pair.inflight() + pair.waiting() > 0) {
      List<RingController.Entry> entries = new ArrayList<>(controller.fetched);
      assertFalse(entries.isEmpty(), "seed " + seed + ": nothing announced, yet work is left");
      controller.fetched.clear();
      Collections.shuffle(entries, random);
      int now = 1 + random.nextInt(entries.size());
      entries.subList(0, now).forEach(e -> controller.post(e.cid(), 0, 0));
      controller.fetched.addAll(entries.subList(now, entries.size()));
      pair.poll();
    }
    assertTrue(live.isEmpty(), "seed " + seed);
    assertEquals(count(SUBMITTED), count(COMPLETED), "seed " + seed);
  }

  @Test
  void anIdentifierThatNamesNoCommandIsCountedAndSurvived() {
    Read read = new Read(0);
    pair.submit(read);
    int cid = controller.fetched.remove().cid();
    controller.post(0xFFFF, 0, 0);
    controller.post(cid + 1, 0, 0);
    controller.post(cid, 0, 0);
    controller.post(cid, 0, 0);
    assertEquals(4, pair.poll());
    assertEquals(3, count(UNKNOWN_COMPLETIONS));
    assertEquals(1, count(COMPLETED));
    assertEquals(1, read.completions);
    assertEquals(List.of(4), controller.heads);
    pair.submit(read.at(1));
    controller.post(cid, 0, 0);
    pair.poll();
    assertEquals(1, read.completions, "late completion of the slot's earlier use");
    controller.completeNext();
    pair.poll();
    assertEquals(2, read.completions);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x100, 0x300, 0x281, Status.DNR | 0x002, 0x700})
  void aStatusCodeTypeAloneIsAnError(int status) {
    Read read = new Read(0);
    pair.submit(read);
    controller.post(controller.fetched.remove().cid(), status, 0);
    pair.poll();
    assertEquals(status, read.status);
    assertTrue(Status.isError(read.status));
    assertEquals(1, count(COMPLETION_ERRORS));
  }

  @Test
  void closeEndsOutstandingAndWaitingCommands() {
    List<Read> reads = submit(ENTRIES + 3);
    pair.close(Status.ABORTED_SQ_DELETION);
    for (Read read : reads) {
      assertEquals(1, read.completions);
      assertEquals(Status.ABORTED_SQ_DELETION, read.status);
    }
    assertEquals(0, pair.inflight() + pair.waiting());
    assertThrows(IllegalStateException.class, () -> pair.submit(new Read(0)));
    pair.close(Status.ABORTED_SQ_DELETION);
    assertEquals(1, reads.get(0).completions, "closed twice, ended once");
  }

  @Test
  void aCompletionThatThrowsEndsThePollAndNothingElse() {
    pair.submit(
        new Read(0)
            .then(
                () -> {
                  pair.submit(new Read(50));
                  throw new IllegalArgumentException("on purpose");
                }));
    for (int i = 1; i < ENTRIES + 3; i++) {
      pair.submit(new Read(i));
    }
    controller.completeAll();
    assertThrows(IllegalArgumentException.class, pair::poll);
    assertEquals(1, controller.fetched.size(), "the slot went to the first that waited");
    assertEquals(List.of(1), controller.heads);
    assertEquals(ENTRIES - 2, pair.poll());
    drain();
    assertEquals(ENTRIES + 4, order.size());
    assertEquals(0, pair.inflight() + pair.waiting());
    pair.submit(new Read(60));
    assertEquals(1, controller.fetched.size(), "not plugged for ever");
  }

  @Test
  void closeEndsAllThoughACompletionSubmitsAgain() {
    List<Read> reads = new ArrayList<>();
    for (int i = 0; i < ENTRIES + 3; i++) {
      Read read = new Read(i);
      read.then(() -> pair.submit(read.at(0)));
      reads.add(read);
      pair.submit(read);
    }
    assertThrows(IllegalStateException.class, () -> pair.close(Status.ABORTED_SQ_DELETION));
    reads.forEach(read -> assertEquals(1, read.completions));
    assertEquals(0, pair.inflight() + pair.waiting());
  }

  @Test
  void afterCloseNoDoorbellIsRung() {
    pair.plug();
    submit(2);
    controller.post(0, 0, 0);
    pair.close(Status.ABORTED_SQ_DELETION);
    pair.unplug();
    assertFalse(pair.hasCompletion());
    assertEquals(0, pair.poll());
    assertEquals(List.of(), controller.tails);
    assertEquals(List.of(), controller.heads);
  }

  @Test
  void aCompletionMayCloseTheQueue() {
    pair.submit(new Read(0).then(() -> pair.close(Status.ABORTED_SQ_DELETION)));
    submit(ENTRIES);
    controller.tails.clear();
    controller.completeAll();
    assertEquals(1, pair.poll());
    assertEquals(ENTRIES + 1, order.size());
    assertEquals(List.of(), controller.tails);
    assertEquals(List.of(), controller.heads);
  }

  @Test
  void successIsZeroWhateverElseTheStatusFieldSays() {
    Read read = new Read(0);
    pair.submit(read);
    controller.post(controller.fetched.remove().cid(), Status.MORE, 0);
    pair.poll();
    assertEquals(Status.SUCCESS, read.status);
    assertEquals(0, count(COMPLETION_ERRORS));
  }

  @Test
  void memoryThatPrpsCannotExpressIsRejectedAtSubmitAlsoWhenItWouldHaveWaited() {
    int most = pair.memory().maxTransfer();
    Read tooLong = new Read(0);
    tooLong.prepareTransfer(NvmOpcode.READ, 1, 0, 1, 0);
    tooLong.addSegment(DATA + 4092, most + 8);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> pair.submit(tooLong));
    assertTrue(e.getMessage().contains(Integer.toString(most)), e.getMessage());
    submit(ENTRIES);
    assertThrows(IllegalArgumentException.class, () -> pair.submit(tooLong));
    assertEquals(1, pair.waiting());
    drain();
    pair.submit(tooLong.at(3));
    drain();
    assertEquals(1, tooLong.completions, "rejected, not lost: it may be filled and used again");
  }

  @Test
  void onlyTheOwnerWorksTheQueue() {
    pair.setOwner(new Thread(() -> {}));
    assertThrows(AssertionError.class, () -> pair.submit(new Read(0)));
    assertThrows(AssertionError.class, pair::poll);
    assertThrows(AssertionError.class, pair::plug);
    assertThrows(AssertionError.class, () -> pair.close(Status.INTERNAL_ERROR));
    pair.setOwner(Thread.currentThread());
    submit(1);
    drain();
  }

  @Test
  void aCommandIsNotSubmittedTwice() {
    Read read = new Read(0);
    pair.submit(read);
    assertThrows(AssertionError.class, () -> pair.submit(read));
    assertThrows(AssertionError.class, () -> read.at(1));
  }

  private List<Read> submit(int n) {
    List<Read> reads = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Read read = new Read(i).at(i);
      reads.add(read);
      pair.submit(read);
    }
    return reads;
  }

  private void drain() {
    while (!controller.fetched.isEmpty()) {
      controller.completeAll();
      pair.poll();
    }
  }

  private void assertInOrder(int n) {
    assertEquals(n, order.size());
    for (int i = 0; i < n; i++) {
      assertEquals(i, order.get(i));
    }
  }

  private long count(QueueCounter counter) {
    return pair.counters().get(counter);
  }

  private final class Read extends Command {
    private final int number;
    private Runnable then = () -> {};
    private int completions;
    private int status;
    private long result;

    Read(int number) {
      this.number = number;
      at(number);
    }

    Read at(long lba) {
      prepareTransfer(NvmOpcode.READ, 1, lba, 1, 0);
      addSegment(DATA, 4096);
      return this;
    }

    Read then(Runnable action) {
      then = action;
      return this;
    }

    @Override
    protected void completed(int status, long result) {
      this.status = status;
      this.result = result;
      completions++;
      order.add(number);
      then.run();
    }
  }
}
