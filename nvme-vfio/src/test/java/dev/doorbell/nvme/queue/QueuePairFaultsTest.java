package dev.doorbell.nvme.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a queue pair does when the controller is late, wrong, reset or lost. */
class QueuePairFaultsTest {
  private static final int ENTRIES = 8;

  private final TickClock clock = new TickClock();
  private final RingController controller = new RingController(ENTRIES);
  private final QueuePair pair = controller.newPair(clock);

  @Test
  void theOldestCommandIsOverdueAtItsLimitAndNotBefore() {
    submit(2);
    int oldest = controller.fetched.element().cid();
    clock.advance();
    submit(1);
    assertEquals(-1, pair.overdue(2));
    clock.advance();
    assertEquals(oldest, pair.overdue(2));
    controller.completeNext();
    controller.completeNext();
    pair.poll();
    assertEquals(-1, pair.overdue(2), "the third is younger");
    clock.advance();
    assertEquals(controller.fetched.element().cid(), pair.overdue(2));
    controller.completeAll();
    pair.poll();
    assertEquals(-1, pair.overdue(0));
  }

  @Test
  void aCommandThatWaitedForASlotIsAsOldAsItsPosting() {
    submit(ENTRIES - 1);
    List<Result> waiting = submit(1);
    for (int i = 0; i < 10; i++) {
      clock.advance();
    }
    controller.completeAll();
    pair.poll();
    assertFalse(waiting.get(0).done);
    assertEquals(-1, pair.overdue(1));
    clock.advance();
    assertEquals(controller.fetched.element().cid(), pair.overdue(1));
  }

  @Test
  void aStoppedQueueRingsNothingAndTakesCompletionsStill() {
    List<Result> known = submit(1);
    List<Result> unknown = submit(2);
    pair.stop();
    int tails = controller.tails.size();
    int heads = controller.heads.size();
    List<Result> later = submit(3);
    controller.completeNext();
    assertEquals(1, pair.poll());
    assertEquals(0, known.get(0).status, "a completion before the reset is an outcome");
    assertEquals(tails, controller.tails.size());
    assertEquals(heads, controller.heads.size());
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    unknown.forEach(r -> assertEquals(HostStatus.OUTCOME_UNKNOWN, r.status));
    assertTrue(Status.isError(HostStatus.OUTCOME_UNKNOWN));
    later.forEach(r -> assertFalse(r.done, "was never sent, so it waits"));
    controller.reset();
    pair.resume();
    assertEquals(3, controller.fetched.size());
    controller.completeAll();
    pair.poll();
    later.forEach(r -> assertEquals(0, r.status));
    assertEquals(2, pair.counters().get(QueueCounter.OUTCOME_UNKNOWN));
  }

  @Test
  void whatTheEndOfACommandSubmitsWaitsForTheEndOfTheReset() {
    Result again = new Result();
    Command first =
        new Command() {
          @Override
          protected void completed(int status, long result) {
            pair.submit(again.prepared());
          }
        };
    first.prepareTransfer(NvmOpcode.READ, 1, 0, 1, 0);
    pair.submit(first);
    pair.stop();
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    assertEquals(1, pair.waiting());
    assertEquals(0, pair.inflight());
    controller.reset();
    pair.resume();
    controller.completeAll();
    pair.poll();
    assertEquals(0, again.status);
  }

  @Test
  void aPluggedQueueGoesOnAtItsUnplug() {
    pair.plug();
    List<Result> results = submit(2);
    pair.stop();
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    results.forEach(r -> assertEquals(HostStatus.OUTCOME_UNKNOWN, r.status));
    results = submit(2);
    controller.reset();
    pair.resume();
    assertEquals(List.of(), controller.tails);
    pair.unplug();
    assertEquals(List.of(2), controller.tails);
    controller.completeAll();
    pair.poll();
    results.forEach(r -> assertEquals(0, r.status));
  }

  @Test
  void aCompletionFromBeforeTheResetDoesNotCompleteACommandFromAfter() {
    for (int reset = 0; reset < 100; reset++) {
      submit(ENTRIES - 1);
      List<Integer> before = controller.fetched.stream().map(RingController.Entry::cid).toList();
      pair.stop();
      pair.abandon(HostStatus.OUTCOME_UNKNOWN);
      controller.reset();
      pair.resume();
      List<Result> after = submit(ENTRIES - 1);
      before.forEach(cid -> controller.post(cid, 0, 0));
      assertEquals(before.size(), pair.poll());
      after.forEach(r -> assertFalse(r.done));
      controller.completeAll();
      pair.poll();
      after.forEach(r -> assertEquals(0, r.status));
    }
    assertEquals(100L * (ENTRIES - 1), pair.counters().get(QueueCounter.UNKNOWN_COMPLETIONS));
  }

  @Test
  void aFloodOfCompletionsThatNameNoCommandIsTakenOneTurnOfTheRingAtATime() {
    List<Result> results = submit(1);
    int real = controller.fetched.remove().cid();
    for (int round = 0; round < 1000; round++) {
      for (int i = 0; i < ENTRIES - 1; i++) {
        controller.post(real ^ 0x8000, 0, 0);
      }
      assertEquals(ENTRIES - 1, pair.poll());
    }
    assertFalse(results.get(0).done);
    controller.post(real, 0, 0);
    pair.poll();
    assertEquals(0, results.get(0).status);
    assertEquals(1000L * (ENTRIES - 1), pair.counters().get(QueueCounter.UNKNOWN_COMPLETIONS));
    assertEquals(1, pair.counters().get(QueueCounter.COMPLETED));
  }

  @Test
  void aPhaseThatFlipsThereAndBackIsAnOldEntryOnce() {
    // Three entries of the first turn have been used; then one of them looks new, and old again.
    for (int i = 0; i < 3; i++) {
      submit(1);
      controller.completeNext();
      pair.poll();
    }
    List<Result> results = submit(1);
    controller.flipPhaseOfNext();
    assertTrue(pair.hasCompletion());
    pair.poll();
    controller.flipPhaseOfNext();
    assertFalse(results.get(0).done, "an empty entry names command 0, whose use is over");
    assertEquals(1, pair.counters().get(QueueCounter.UNKNOWN_COMPLETIONS));
    // Host and controller now disagree about the place: only a reset helps, and does.
    clock.advance();
    assertTrue(pair.overdue(1) >= 0);
    pair.stop();
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    assertTrue(results.get(0).done);
    controller.reset();
    pair.resume();
    results = submit(1);
    controller.completeAll();
    pair.poll();
    assertEquals(0, results.get(0).status);
  }

  @Test
  void onALostControllerEverythingEndsAtTheNextPoll() {
    List<Result> outstanding = submit(ENTRIES - 1);
    List<Result> waiting = submit(2);
    pair.stop();
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    pair.die();
    outstanding.forEach(r -> assertEquals(HostStatus.OUTCOME_UNKNOWN, r.status));
    int tails = controller.tails.size();
    List<Result> later = submit(1);
    assertFalse(later.get(0).done, "never from within its submission");
    assertTrue(pair.hasCompletion());
    assertEquals(3, pair.poll());
    waiting.forEach(r -> assertEquals(HostStatus.NOT_SENT, r.status));
    assertEquals(HostStatus.NOT_SENT, later.get(0).status);
    assertFalse(pair.hasCompletion());
    assertEquals(0, pair.poll());
    assertEquals(tails, controller.tails.size());
    pair.resume();
    assertEquals(tails, controller.tails.size(), "there is no way back");
  }

  @Test
  void aCommandThatSubmitsItselfAgainOnALostControllerDoesNotHoldThePoll() {
    int[] ends = new int[1];
    Command again =
        new Command() {
          @Override
          protected void completed(int status, long result) {
            ends[0]++;
            pair.submit(this);
          }
        };
    again.prepareTransfer(NvmOpcode.READ, 1, 0, 1, 0);
    pair.stop();
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    pair.die();
    pair.submit(again);
    for (int i = 1; i <= 5; i++) {
      assertEquals(1, pair.poll());
      assertEquals(i, ends[0]);
    }
  }

  private List<Result> submit(int count) {
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Result result = new Result();
      pair.submit(result.prepared());
      results.add(result);
    }
    return results;
  }

  private static final class Result extends Command {
    private boolean done;
    private int status = -1;

    Result prepared() {
      prepareTransfer(NvmOpcode.READ, 1, 0, 1, 0);
      return this;
    }

    @Override
    protected void completed(int newStatus, long result) {
      assertFalse(done, "completed twice");
      done = true;
      status = newStatus;
    }
  }
}
