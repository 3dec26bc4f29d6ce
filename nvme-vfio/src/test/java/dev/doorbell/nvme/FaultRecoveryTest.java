package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.FaultRule;
import dev.doorbell.emulated.FaultRule.Action;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** One fault at a time, from its injection to the first command that works again, on a clock. */
class FaultRecoveryTest {
  private static final long MILLI = 1_000_000;
  private static final int BLOCK = 512;

  private final Logger log = (Logger) LoggerFactory.getLogger("dev.doorbell.nvme.controller");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final FaultyDrive drive = new FaultyDrive(256, BLOCK, true, OptionalFeatures.DEFAULT);
  private final List<Read> reads = new ArrayList<>();

  @BeforeEach
  void listen() {
    logged.start();
    log.addAppender(logged);
    log.setAdditive(false);
  }

  @AfterEach
  void closeDrive() {
    log.detachAppender(logged);
    log.setAdditive(true);
    for (Read read : reads) {
      assertTrue(read.done, "every command ends");
      read.buffer.release();
    }
    drive.close();
  }

  @Test
  void aLateCommandIsAbortedAndNothingIsReset() {
    fault(FaultRule.of(Action.DELAY).withDelay(Long.MAX_VALUE / 4));
    Read late = read(0);
    Read other = read(1);
    long waited = run(late);
    assertTrue(waited > FaultyDrive.TIMEOUT_MILLIS * MILLI, "after " + waited);
    assertTrue(waited < 2 * FaultyDrive.TIMEOUT_MILLIS * MILLI, "after " + waited);
    assertEquals(Status.ABORT_REQUESTED, Status.code(late.status));
    assertEquals(0, other.status);
    assertCounted(ControllerCounter.TIMEOUTS, 1);
    assertCounted(ControllerCounter.ABORTS, 1);
    assertCounted(ControllerCounter.ABORTS_REFUSED, 0);
    assertCounted(ControllerCounter.RESETS, 0);
    assertWorks();
  }

  @ParameterizedTest
  @EnumSource(names = {"SWALLOW", "DROP", "CORRUPT_CID", "CORRUPT_PHASE"})
  void aCommandThatNeverEndsCostsAReset(Action action) {
    fault(FaultRule.of(action));
    Read lost = read(0);
    Read other = read(1);
    long waited = run(lost);
    assertTrue(waited < 3 * FaultyDrive.TIMEOUT_MILLIS * MILLI, "after " + waited);
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    run(other);
    // Behind an entry that looks old nothing can be seen.
    assertEquals(action == Action.CORRUPT_PHASE ? HostStatus.OUTCOME_UNKNOWN : 0, other.status);
    assertCounted(ControllerCounter.ABORTS_REFUSED, 1);
    assertCounted(ControllerCounter.RESETS, 1);
    assertCounted(ControllerCounter.RESET_FAILURES, 0);
    assertWorks();
  }

  @Test
  void anEntryThatIsUsedTwiceCostsAReset() {
    fault(FaultRule.of(Action.REUSE_ENTRY));
    Read seen = read(0);
    drive.device().doWork(1);
    drive.poll();
    assertEquals(0, seen.status);
    Read lost = read(1);
    run(lost);
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    assertWorks();
  }

  @Test
  void strayCompletionsAreCountedAndLoggedOnce() {
    fault(FaultRule.of(Action.DUPLICATE).withCopies(3).times(10));
    for (int i = 0; i < 10; i++) {
      run(read(i));
      ticks(2);
    }
    assertEquals(30, drive.queue(0).pair().counters().get(QueueCounter.UNKNOWN_COMPLETIONS));
    assertEquals(1, logged("named no outstanding command"));
    assertCounted(ControllerCounter.RESETS, 0);
    assertWorks();
  }

  @Test
  void aFloodOfCompletionsCostsAReset() {
    fault(FaultRule.of(Action.DUPLICATE).withCopies(60).times(3));
    for (int i = 0; i < 3; i++) {
      read(i);
      drive.device().doWork(1);
      drive.poll();
    }
    ticks(1);
    assertCounted(ControllerCounter.COMPLETION_STORMS, 1);
    assertCounted(ControllerCounter.RESETS, 1);
    assertEquals(1, logged("flood"));
    assertWorks();
  }

  @Test
  void aFatalControllerIsResetAtTheNextTick() {
    Read lost = read(0);
    drive.device().faults().goFatal();
    ticks(1);
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    assertCounted(ControllerCounter.FATAL_STATUSES, 1);
    assertCounted(ControllerCounter.RESETS, 1);
    assertEquals(1, logged("CSTS.CFS"));
    assertWorks();
  }

  @Test
  void aControllerThatLostItsStateGetsItBack() {
    Read lost = read(0);
    drive.device().faults().losePower();
    ticks(1);
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    assertCounted(ControllerCounter.LOST_STATES, 1);
    assertWorks();
  }

  @Test
  void aResetThatHangsIsEndedByAFunctionReset() {
    drive.device().faults().hangResets(1, false);
    Read lost = read(0);
    drive.drive().requestReset("wanted by a test");
    long before = drive.nanos();
    ticks(1);
    assertTrue(drive.nanos() - before < 3000 * MILLI, "CAP.TO bounds it");
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    assertCounted(ControllerCounter.RESETS, 1);
    assertCounted(ControllerCounter.RESET_FAILURES, 0);
    assertWorks();
  }

  @Test
  void aControllerThatNothingStopsIsCutOffFromMemoryAndGivenUp() {
    drive.device().faults().hangResets(2, true);
    Read lost = read(0);
    drive.drive().requestReset("wanted by a test");
    ticks(1);
    assertTrue(drive.failed());
    assertEquals(0, drive.device().dma().mappings(), "nothing is left that it could write to");
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    assertCounted(ControllerCounter.RESET_FAILURES, 1);
    Read inVain = read(1);
    drive.poll();
    assertEquals(HostStatus.NOT_SENT, inVain.status);
    endReads();
    drive.replug();
    assertWorks();
  }

  @Test
  void aDeviceThatIsGoneEndsEverythingAtTheNextTick() {
    Read lost = read(0);
    List<Read> waiting = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      waiting.add(read(i));
    }
    drive.device().faults().disappear();
    ticks(1);
    assertTrue(drive.failed());
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    drive.poll();
    assertEquals(HostStatus.NOT_SENT, waiting.get(99).status);
    assertCounted(ControllerCounter.REMOVALS, 1);
    assertEquals(1, logged("all ones"));
    ticks(100);
    assertCounted(ControllerCounter.REMOVALS, 1);
    assertEquals(1, logged("all ones"));
    endReads();
    drive.replug();
    assertWorks();
  }

  @Test
  void anAbortWithoutAnswerCostsAResetInBoundedTime() {
    fault(FaultRule.of(Action.SWALLOW).onQueue(0));
    fault(FaultRule.of(Action.SWALLOW));
    Read lost = read(0);
    long waited = run(lost);
    assertTrue(waited < 7000 * MILLI, "after " + waited);
    assertEquals(HostStatus.OUTCOME_UNKNOWN, lost.status);
    assertCounted(ControllerCounter.RESETS, 1);
    assertWorks();
  }

  @Test
  void commandsThatWaitForASlotGoOnAfterTheReset() {
    int depth = drive.queue(0).pair().entries() - 1;
    List<Read> outstanding = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      outstanding.add(read(i % 256));
    }
    Read waiting = read(0);
    drive.drive().requestReset("wanted by a test");
    ticks(1);
    outstanding.forEach(r -> assertEquals(HostStatus.OUTCOME_UNKNOWN, r.status));
    run(waiting);
    assertEquals(0, waiting.status);
  }

  @Test
  void aHundredResetsInARowLeaveNothingBehind() {
    int mappings = drive.device().dma().mappings();
    for (int i = 0; i < 100; i++) {
      Read read = read(i);
      drive.drive().requestReset("wanted by a test");
      ticks(1);
      assertTrue(read.done);
      assertEquals(mappings, drive.device().dma().mappings());
      run(read(i));
    }
    assertEquals(ControllerState.LIVE, drive.drive().state());
    endReads();
    assertEquals(0, drive.queue(0).arena().bytesInUse());
  }

  private void fault(FaultRule rule) {
    drive.device().faults().add(rule);
  }

  private Read read(int lba) {
    IoQueue queue = drive.queue(0);
    Read read = new Read(queue.arena().allocate(BLOCK));
    reads.add(read);
    queue.read(read, 1, lba, 1, BLOCK, read.buffer, 0);
    return read;
  }

  /** Until the command has ended. Returns how long that took. */
  private long run(Read read) {
    long start = drive.nanos();
    while (!read.done) {
      drive.device().doWork(1);
      drive.poll();
      drive.advance(MILLI);
      assertTrue(drive.nanos() - start < 60_000 * MILLI, "the command never ended");
    }
    return drive.nanos() - start;
  }

  private void ticks(int count) {
    for (int i = 0; i < count; i++) {
      drive.advance(2 * MILLI * drive.drive().superviseMillis());
    }
  }

  private void assertWorks() {
    drive.device().faults().clear();
    for (int i = 0; i < 200; i++) {
      Read read = read(i);
      run(read);
      assertEquals(0, read.status, "read number " + i + " afterwards");
    }
    assertEquals(ControllerState.LIVE, drive.drive().state());
  }

  private void endReads() {
    for (Read read : reads) {
      assertTrue(read.done);
      read.buffer.release();
    }
    reads.clear();
  }

  private void assertCounted(ControllerCounter counter, long expected) {
    assertEquals(expected, drive.drive().faults().get(counter), counter.toString());
  }

  private long logged(String text) {
    return logged.list.stream()
        .filter(e -> e.getLevel().isGreaterOrEqual(Level.WARN))
        .filter(e -> e.getFormattedMessage().contains(text))
        .count();
  }

  private static final class Read extends BlockCommand {
    private final DmaBuffer buffer;
    private boolean done;
    private int status = -1;

    Read(DmaBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    protected void done(int newStatus) {
      assertTrue(!done, "completed twice");
      done = true;
      status = newStatus;
    }
  }
}
