package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work that waits: on the controller's own threads, with gates in place of disks. */
class WorkerTest {
  private final CountingStore store = new CountingStore(new MemoryStore(1 << 20));
  private final RawHost host = RawHost.started(RawHost.config(store, 512).workers(4));
  private final RawHost.Pair io = host.createPair(1, 32, 1);

  @AfterEach
  void close() {
    store.transferGate.countDown();
    store.flushGate.countDown();
    host.close();
    assertTrue(store.closed());
  }

  private int post(int opcode, int flags) {
    return io.post(opcode, 1, host.dataIova, 0, 0, NvmOpcode.cdw12(1, flags) & 0xFFFFFFFFL);
  }

  @Test
  void blockedReadsDoNotBlockTheDoorbell() {
    store.transferGate = new CountDownLatch(1);
    Set<Integer> cids = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      cids.add(post(NvmOpcode.READ, 0));
    }
    io.ring();
    assertNull(io.poll());
    store.transferGate.countDown();
    for (int i = 0; i < 20; i++) {
      RawHost.Completion c = io.await();
      assertEquals(Status.SUCCESS, c.status());
      assertTrue(cids.remove(c.cid()));
    }
  }

  @Test
  void commandsOfOneDoorbellBlockOnAllWorkers() {
    store.transferGate = new CountDownLatch(1);
    for (int i = 0; i < 20; i++) {
      post(NvmOpcode.READ, 0);
    }
    io.ring();
    host.await("reads on all workers", () -> store.transfersBegun() == 4);
    store.transferGate.countDown();
    for (int i = 0; i < 20; i++) {
      assertEquals(Status.SUCCESS, io.await().status());
    }
    assertEquals(20, store.transfersBegun());
  }

  @Test
  void readyFallsOnlyAfterWorkInFlightHasEnded() {
    store.transferGate = new CountDownLatch(1);
    for (int i = 0; i < 8; i++) {
      post(NvmOpcode.READ, 0);
    }
    io.ring();
    host.await("four reads", () -> store.transfersBegun() == 4);
    host.writeCc(0);
    assertEquals(ControllerRegisters.CSTS_READY, host.csts());
    store.transferGate.countDown();
    host.await("reset", () -> host.csts() == 0);
    assertEquals(4, store.transfersBegun(), "what had not begun is dropped");
    assertNull(io.poll(), "nothing is posted once the reset has begun");
    host.admin.clear();
    host.enable();
    assertEquals(ControllerRegisters.CSTS_READY, host.csts());
    RawHost.Pair again = host.createPair(1, 8);
    assertEquals(Status.SUCCESS, again.read(0, 1, host.dataIova, 0));
  }

  @Test
  void enablingDuringAResetTakesEffectAfterIt() {
    store.transferGate = new CountDownLatch(1);
    post(NvmOpcode.READ, 0);
    io.ring();
    host.await("a read", () -> store.transfersBegun() == 1);
    host.writeCc(0);
    host.admin.clear();
    host.writeCc(ControllerRegisters.ccEnabled(4096, ControllerRegisters.CSS_NVM));
    store.transferGate.countDown();
    RawHost.Completion[] c = new RawHost.Completion[1];
    int cid = host.admin.post(AdminOpcode.GET_FEATURES, 0, 0, 0, 1, 0);
    host.await(
        "the second life",
        () -> {
          host.admin.ring();
          c[0] = host.admin.poll();
          return c[0] != null;
        });
    assertEquals(cid, c[0].cid());
  }

  @Test
  void deleteOfAQueueEndsAfterItsCommands() {
    store.transferGate = new CountDownLatch(1);
    for (int i = 0; i < 3; i++) {
      post(NvmOpcode.READ, 0);
    }
    io.ring();
    host.await("three reads", () -> store.transfersBegun() == 3);
    int delete = host.admin.post(AdminOpcode.DELETE_IO_SQ, 0, 0, 0, 1, 0);
    int second = host.admin.post(AdminOpcode.DELETE_IO_SQ, 0, 0, 0, 1, 0);
    int deleteCq = host.admin.post(AdminOpcode.DELETE_IO_CQ, 0, 0, 0, 1, 0);
    host.admin.ring();
    RawHost.Completion c = host.admin.await();
    assertEquals(second, c.cid());
    assertEquals(Status.INVALID_QUEUE_ID, c.code());
    c = host.admin.await();
    assertEquals(deleteCq, c.cid());
    assertEquals(Status.INVALID_QUEUE_DELETION, c.code());
    assertNull(host.admin.poll());
    store.transferGate.countDown();
    c = host.admin.await();
    assertEquals(delete, c.cid());
    assertEquals(Status.SUCCESS, c.status());
    assertEquals(Status.SUCCESS, host.admin(AdminOpcode.DELETE_IO_CQ, 0, 0, 1).status());
    host.createPair(1, 8);
  }

  @Test
  void requestsDuringASyncShareTheNext() {
    store.flushGate = new CountDownLatch(1);
    post(NvmOpcode.FLUSH, 0);
    io.ring();
    host.await("the first sync", () -> store.flushesBegun() == 1);
    for (int i = 0; i < 5; i++) {
      post(NvmOpcode.FLUSH, 0);
      post(NvmOpcode.WRITE, NvmOpcode.CDW12_FUA);
    }
    io.ring();
    // All ten wait for the group that follows: the reads behind them show that workers are free.
    for (int i = 0; i < 4; i++) {
      post(NvmOpcode.READ, 0);
    }
    io.ring();
    for (int i = 0; i < 4; i++) {
      assertTrue(io.await().cid() > 10);
    }
    host.await("writes", () -> store.transfersBegun() == 9);
    host.await("members", () -> waiting() == 10);
    store.flushGate.countDown();
    for (int i = 0; i < 11; i++) {
      assertEquals(Status.SUCCESS, io.await().status());
    }
    assertEquals(2, store.flushes());
  }

  private int waiting() {
    return host.controller.waitingForSync(1);
  }

  @Test
  void failureOfAStoreIsAnInternalErrorNotADeadWorker() {
    store.throwing = true;
    for (int i = 0; i < 10; i++) {
      assertEquals(Status.INTERNAL_ERROR, io.flush(1));
      assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova, 0));
    }
  }

  @Test
  void flushOfAllNamespacesReachesEach() {
    CountingStore one = new CountingStore(new MemoryStore(4096));
    CountingStore two = new CountingStore(new MemoryStore(4096));
    try (RawHost other =
        RawHost.started(
            RawHost.config(one, 512).namespace(new MemoryStore(4096), 512).namespace(two, 512))) {
      RawHost.Pair pair = other.createPair(1, 8);
      assertEquals(Status.SUCCESS, pair.flush(-1));
      assertEquals(1, one.flushes());
      assertEquals(1, two.flushes());
      one.throwing = true;
      assertEquals(Status.INTERNAL_ERROR, pair.flush(-1));
      assertEquals(2, two.flushes(), "one namespace's error does not keep others from it");
    }
  }

  @Test
  void completionsOfWorkersRaiseTheInterrupt() {
    EmulatedInterrupt interrupt = (EmulatedInterrupt) host.interrupts[1];
    post(NvmOpcode.READ, 0);
    io.ring();
    host.await("the interrupt", () -> interrupt.drain() == 1);
    assertEquals(Status.SUCCESS, io.poll().status());
  }

  @Test
  void completionThatLetsAStoppedQueueGoOnStillRaisesItsInterrupt() {
    RawHost.Pair small = host.createPair(2, 4, 2);
    EmulatedInterrupt interrupt = (EmulatedInterrupt) host.interrupts[2];
    store.transferGate = new CountDownLatch(1);
    // Four slots: the fifth command is fetched only once another has ended.
    for (int i = 0; i < 5; i++) {
      small.post(NvmOpcode.READ, 1, host.dataIova, 0, 0, NvmOpcode.cdw12(1, 0));
      small.ring();
    }
    store.transferGate.countDown();
    long[] signals = new long[1];
    // Three completions fit into the queue, the first of which sets the fifth command going.
    host.await("three interrupts", () -> (signals[0] += interrupt.drain()) == 3);
    int completions = 0;
    while (completions < 3) {
      assertEquals(Status.SUCCESS, small.poll().status());
      completions++;
    }
    small.ringHead();
    host.await("the fourth", () -> small.poll() != null);
    host.await("the fifth", () -> small.poll() != null);
  }
}
