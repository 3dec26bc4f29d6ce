package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.util.function.BooleanSupplier;

/** A host that fills rings by hand: the least that can talk to a controller. */
final class RawHost implements AutoCloseable {
  static final int ADMIN_ENTRIES = 32;
  static final int DATA_BYTES = 8 << 20;

  final EmulatedController controller;
  final Registers registers;
  final Interrupt[] interrupts;
  final DmaMemory data = DmaMemory.allocate(DATA_BYTES);
  final long dataIova;
  final Pair admin;
  private final int stride;

  /** A completion queue entry, taken apart. */
  record Completion(int cid, int status, long result, int sqHead, int sqId) {
    int code() {
      return Status.code(status);
    }
  }

  /** A queue pair of the host; CIDs count up. */
  final class Pair {
    final int qid;
    final int entries;
    final DmaMemory sq;
    final DmaMemory cq;
    final long sqIova;
    final long cqIova;
    int tail;
    int head;
    int phase = 1;
    int nextCid;

    Pair(int qid, int entries) {
      this.qid = qid;
      this.entries = entries;
      sq = DmaMemory.allocate(entries * SubmissionEntry.SIZE);
      cq = DmaMemory.allocate(entries * CompletionEntry.SIZE);
      sqIova = controller.dma().map(sq);
      cqIova = controller.dma().map(cq);
    }

    /** As a host does before it enables a controller again. */
    void clear() {
      head = 0;
      tail = 0;
      phase = 1;
      cq.buffer().put(0, new byte[cq.size()]);
    }

    /** Writes an entry without ringing; returns its CID. */
    int post(int opcode, int nsid, long prp1, long prp2, long dw10, long dw12) {
      int cid = nextCid++ & 0xFFFF;
      SubmissionEntry.write(
          sq.buffer(), tail * SubmissionEntry.SIZE, opcode, cid, nsid, prp1, prp2, dw10, dw12, 0);
      tail = (tail + 1) % entries;
      return cid;
    }

    void ring() {
      registers.writeInt(ControllerRegisters.submissionDoorbell(qid, stride), tail);
    }

    /** The next completion, or null; does not ring. */
    Completion poll() {
      int at = head * CompletionEntry.SIZE;
      int dw3 = CompletionEntry.dw3Acquire(cq.buffer(), at);
      if (CompletionEntry.phase(dw3) != phase) {
        return null;
      }
      Completion c =
          new Completion(
              CompletionEntry.cid(dw3),
              CompletionEntry.status(dw3),
              CompletionEntry.result(cq.buffer(), at) & 0xFFFFFFFFL,
              CompletionEntry.submissionQueueHead(cq.buffer(), at),
              CompletionEntry.submissionQueueId(cq.buffer(), at));
      head++;
      if (head == entries) {
        head = 0;
        phase ^= 1;
      }
      return c;
    }

    void ringHead() {
      registers.writeInt(ControllerRegisters.completionDoorbell(qid, stride), head);
    }

    /** Waits for the next completion and rings for it. */
    Completion await() {
      Completion[] c = new Completion[1];
      RawHost.this.await("completion on queue " + qid, () -> (c[0] = poll()) != null);
      ringHead();
      return c[0];
    }

    Completion execute(int opcode, int nsid, long prp1, long prp2, long dw10, long dw12) {
      int cid = post(opcode, nsid, prp1, prp2, dw10, dw12);
      ring();
      Completion c = await();
      assertEquals(cid, c.cid());
      assertEquals(qid, c.sqId());
      return c;
    }

    int read(long lba, int blocks, long prp1, long prp2) {
      return execute(NvmOpcode.READ, 1, prp1, prp2, lba, NvmOpcode.cdw12(blocks, 0)).status();
    }

    int write(long lba, int blocks, long prp1, long prp2, int flags) {
      return execute(
              NvmOpcode.WRITE, 1, prp1, prp2, lba, NvmOpcode.cdw12(blocks, flags) & 0xFFFFFFFFL)
          .status();
    }

    int flush(int nsid) {
      return execute(NvmOpcode.FLUSH, nsid, 0, 0, 0, 0).status();
    }
  }

  /** Prepares queues and memory; does not enable. */
  RawHost(EmulatedController controller) {
    this.controller = controller;
    this.registers = controller.registers();
    this.stride =
        ControllerRegisters.capDoorbellStride(registers.readLong(ControllerRegisters.CAP));
    this.interrupts = controller.enableInterrupts(Math.min(4, controller.interruptVectors()));
    this.dataIova = controller.dma().map(data);
    this.admin = new Pair(0, ADMIN_ENTRIES);
  }

  static RawHost started(EmulatedControllerConfig.Builder config) {
    RawHost host = new RawHost(EmulatedController.open(config.build()));
    host.enable();
    assertEquals(ControllerRegisters.CSTS_READY, host.registers.readInt(ControllerRegisters.CSTS));
    return host;
  }

  static EmulatedControllerConfig.Builder config(BlockStore store, int blockSize) {
    return EmulatedControllerConfig.builder("test").namespace(store, blockSize).workers(2);
  }

  static EmulatedControllerConfig.Builder manual(BlockStore store, int blockSize) {
    return config(store, blockSize).mode(ProcessingMode.MANUAL);
  }

  void setUpAdmin(int aqa, long asq, long acq) {
    registers.writeInt(ControllerRegisters.AQA, aqa);
    registers.writeLong(ControllerRegisters.ASQ, asq);
    registers.writeLong(ControllerRegisters.ACQ, acq);
  }

  void enable() {
    setUpAdmin(ControllerRegisters.aqa(ADMIN_ENTRIES, ADMIN_ENTRIES), admin.sqIova, admin.cqIova);
    writeCc(ControllerRegisters.ccEnabled(4096, ControllerRegisters.CSS_NVM));
  }

  void writeCc(int cc) {
    registers.writeInt(ControllerRegisters.CC, cc);
  }

  int csts() {
    return registers.readInt(ControllerRegisters.CSTS);
  }

  Completion admin(int opcode, int nsid, long prp1, long dw10) {
    return admin.execute(opcode, nsid, prp1, 0, dw10, 0);
  }

  static long dw10(int cdw10, int cdw11) {
    return cdw10 & 0xFFFFFFFFL | (long) cdw11 << 32;
  }

  Pair createPair(int qid, int entries) {
    return createPair(qid, entries, -1);
  }

  /** Creates an I/O queue pair; a negative vector leaves interrupts off. */
  Pair createPair(int qid, int entries, int vector) {
    Pair pair = new Pair(qid, entries);
    long cdw10 = QueueCommand.cdw10(qid, entries);
    Completion c =
        admin(
            AdminOpcode.CREATE_IO_CQ,
            0,
            pair.cqIova,
            dw10((int) cdw10, QueueCommand.completionCdw11(vector)));
    assertEquals(Status.SUCCESS, c.status(), Status.name(c.status()));
    c =
        admin(
            AdminOpcode.CREATE_IO_SQ,
            0,
            pair.sqIova,
            dw10((int) cdw10, QueueCommand.submissionCdw11(qid)));
    assertEquals(Status.SUCCESS, c.status(), Status.name(c.status()));
    return pair;
  }

  /** Spins until {@code done}, doing the controller's work in manual mode. */
  void await(String what, BooleanSupplier done) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!done.getAsBoolean()) {
      if (!controllerThreads()) {
        controller.doWork(Integer.MAX_VALUE);
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what);
      }
      Thread.yield();
    }
  }

  private boolean controllerThreads() {
    return !controller.manual();
  }

  void fillData(int offset, int length, int seed) {
    for (int i = 0; i < length; i++) {
      data.buffer().put(offset + i, pattern(seed, i));
    }
  }

  void assertData(int offset, int length, int seed) {
    for (int i = 0; i < length; i++) {
      if (data.buffer().get(offset + i) != pattern(seed, i)) {
        assertEquals(pattern(seed, i), data.buffer().get(offset + i), "byte " + i);
      }
    }
  }

  static byte pattern(int seed, int i) {
    return (byte) (seed * 31 + i * 7 + (i >>> 8));
  }

  @Override
  public void close() {
    controller.close();
  }
}
