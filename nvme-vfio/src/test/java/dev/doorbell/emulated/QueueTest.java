package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueueTest {
  private static RawHost host(ProcessingMode mode) {
    return RawHost.started(RawHost.config(new MemoryStore(1 << 20), 512).mode(mode));
  }

  private static void postReads(RawHost host, RawHost.Pair io, int count) {
    for (int i = 0; i < count; i++) {
      io.post(NvmOpcode.READ, 1, host.dataIova, 0, i, NvmOpcode.cdw12(1, 0));
    }
  }

  @ParameterizedTest
  @EnumSource(ProcessingMode.class)
  void completesAcrossWrapsWithTheRightPhaseAndHead(ProcessingMode mode) {
    try (RawHost host = host(mode)) {
      RawHost.Pair io = host.createPair(1, 5);
      int expected = 0;
      for (int round = 0; round < 50; round++) {
        postReads(host, io, 1 + round % 4);
        io.ring();
        for (int i = 0; i <= round % 4; i++) {
          RawHost.Completion c = io.await();
          assertEquals(expected++, c.cid());
          assertEquals(Status.SUCCESS, c.status());
          if (mode == ProcessingMode.INLINE) {
            assertEquals((c.cid() + 1) % 5, c.sqHead());
          }
        }
        assertNull(io.poll());
      }
      assertEquals(0, host.controller.invalidDoorbells());
    }
  }

  @Test
  void reportsTheHeadItHasFetchedUpTo() {
    try (RawHost host = host(ProcessingMode.MANUAL)) {
      RawHost.Pair io = host.createPair(1, 8);
      postReads(host, io, 5);
      io.ring();
      assertEquals(2, host.controller.doWork(2));
      assertEquals(1, io.poll().sqHead());
      assertEquals(2, io.poll().sqHead());
      assertNull(io.poll());
      assertEquals(3, host.controller.doWork(100));
      assertEquals(3, io.poll().sqHead());
      assertEquals(0, host.controller.doWork(100));
    }
  }

  @ParameterizedTest
  @EnumSource(ProcessingMode.class)
  void completionsAreHeldBackWhileTheQueueIsFull(ProcessingMode mode) {
    try (RawHost host = host(mode)) {
      RawHost.Pair cq = host.new Pair(1, 4);
      RawHost.Pair io = host.new Pair(1, 64);
      createSq(host, cq, io);
      postReads(host, io, 10);
      io.ring();
      work(host);
      for (int i = 0; i < 3; i++) {
        assertEquals(i, cq.poll().cid());
      }
      assertNull(cq.poll());
      cq.ringHead();
      work(host);
      for (int i = 3; i < 6; i++) {
        assertEquals(i, cq.poll().cid());
      }
      assertNull(cq.poll());
      cq.ringHead();
      work(host);
      for (int i = 6; i < 9; i++) {
        assertEquals(i, cq.poll().cid());
      }
      cq.ringHead();
      work(host);
      assertEquals(9, cq.poll().cid());
      assertNull(cq.poll());
    }
  }

  @ParameterizedTest
  @EnumSource(ProcessingMode.class)
  void stopsFetchingWhenAllSlotsAreHeldAndGoesOnAfterwards(ProcessingMode mode) {
    try (RawHost host = host(mode)) {
      RawHost.Pair cq = host.new Pair(1, 2);
      RawHost.Pair io = host.new Pair(1, 4);
      createSq(host, cq, io);
      // One completion fits, and four slots hold the rest: the controller fetches five and stops.
      for (int count : new int[] {3, 3, 2}) {
        postReads(host, io, count);
        io.ring();
        work(host);
      }
      for (int i = 0; i < 8; i++) {
        RawHost.Completion c = cq.poll();
        assertNotNull(c, "completion " + i);
        assertEquals(i, c.cid());
        assertNull(cq.poll());
        cq.ringHead();
        work(host);
      }
    }
  }

  private static void work(RawHost host) {
    if (host.controller.manual()) {
      host.controller.doWork(1000);
    }
  }

  private static void createSq(RawHost host, RawHost.Pair cq, RawHost.Pair sq) {
    assertEquals(
        Status.SUCCESS,
        host.admin(
                AdminOpcode.CREATE_IO_CQ,
                0,
                cq.cqIova,
                RawHost.dw10(QueueCommand.cdw10(1, cq.entries), QueueCommand.completionCdw11(-1)))
            .status());
    assertEquals(
        Status.SUCCESS,
        host.admin(
                AdminOpcode.CREATE_IO_SQ,
                0,
                sq.sqIova,
                RawHost.dw10(QueueCommand.cdw10(1, sq.entries), QueueCommand.submissionCdw11(1)))
            .status());
  }

  @Test
  void doesNothingBeforeItIsAskedToInManualMode() {
    try (RawHost host = host(ProcessingMode.MANUAL)) {
      RawHost.Pair io = host.createPair(1, 8);
      postReads(host, io, 3);
      io.ring();
      assertNull(io.poll());
      assertEquals(3, host.controller.doWork(10));
      assertNotNull(io.poll());
    }
  }

  @Test
  void signalsOncePerBatchAndNeverWhileMasked() {
    try (RawHost host = host(ProcessingMode.INLINE)) {
      RawHost.Pair io = host.createPair(1, 16, 2);
      EmulatedInterrupt interrupt = (EmulatedInterrupt) host.interrupts[2];
      postReads(host, io, 5);
      io.ring();
      assertEquals(1, interrupt.drain());
      interrupt.mask();
      postReads(host, io, 5);
      io.ring();
      io.ring();
      assertEquals(0, interrupt.drain());
      interrupt.unmask();
      assertEquals(1, interrupt.drain());
      interrupt.mask();
      interrupt.unmask();
      assertEquals(0, interrupt.drain());
    }
  }

  @Test
  void queueWithInterruptsOffStaysSilent() {
    try (RawHost host = host(ProcessingMode.INLINE)) {
      RawHost.Pair io = host.createPair(1, 16);
      ((EmulatedInterrupt) host.interrupts[0]).drain();
      postReads(host, io, 5);
      io.ring();
      for (var interrupt : host.interrupts) {
        assertEquals(0, ((EmulatedInterrupt) interrupt).drain());
      }
    }
  }

  @Test
  void headDoorbellBeyondTheTailIsIgnored() {
    try (RawHost host = host(ProcessingMode.INLINE)) {
      RawHost.Pair io = host.createPair(1, 4);
      postReads(host, io, 2);
      io.ring();
      host.registers.writeInt(ControllerRegisters.completionDoorbell(1, 4), 3);
      assertEquals(1, host.controller.invalidDoorbells());
      assertNotNull(io.poll());
      assertNotNull(io.poll());
      io.ringHead();
      assertEquals(1, host.controller.invalidDoorbells());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void queuesOfSeveralThreadsWorkSideBySide(boolean waiting) throws Exception {
    BlockStore memory = new MemoryStore(1 << 20);
    BlockStore store = waiting ? new CountingStore(memory) : memory;
    try (RawHost host = RawHost.started(RawHost.config(store, 4096))) {
      List<Future<?>> results = new ArrayList<>();
      ExecutorService threads = Executors.newFixedThreadPool(4);
      for (int qid = 1; qid <= 4; qid++) {
        RawHost.Pair io = host.createPair(qid, AllocationTest.DEPTH + 1, qid % 2);
        results.add(threads.submit(() -> AllocationTest.run(host, io, NvmOpcode.WRITE, 5_000)));
      }
      for (Future<?> result : results) {
        result.get();
      }
      threads.shutdown();
      assertEquals(0, host.controller.invalidDoorbells());
    }
  }
}
