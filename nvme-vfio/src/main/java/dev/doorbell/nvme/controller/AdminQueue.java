package dev.doorbell.nvme.controller;

import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.QueueMemory;
import dev.doorbell.nvme.queue.QueuePair;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admin commands, one at a time, each with a deadline.
 *
 * <p>Safe for use by several threads: a caller waits until the one before it has its answer.
 */
final class AdminQueue {
  private static final Logger LOG = LoggerFactory.getLogger(AdminQueue.class);

  static final int ENTRIES = 32;

  /** An Abort costs a controller nothing; one that cannot answer it must be reset, and soon. */
  private static final int ABORT_MILLIS = 5_000;

  private final String name;
  private final DmaMapper mapper;
  private final QueueMemory memory;
  private final QueuePair pair;
  private final DmaMemory data;
  private final long dataIova;
  private final Deadlines deadlines;
  private final int timeoutMillis;

  /** A command ended without an answer: the controller may still come to use its memory. */
  private volatile boolean unanswered;

  /** The controller is being reset: nobody shall wait for an answer. */
  private volatile boolean cancelled;

  private boolean closed;

  /**
   * @param pair over {@code memory}
   * @param timeoutMillis how long one command may take
   */
  AdminQueue(
      String name,
      DmaMapper mapper,
      QueueMemory memory,
      QueuePair pair,
      Deadlines deadlines,
      int timeoutMillis) {
    this.name = name;
    this.mapper = mapper;
    this.memory = memory;
    this.pair = pair;
    this.deadlines = deadlines;
    this.timeoutMillis = timeoutMillis;
    this.data = DmaMemory.allocate(Identify.SIZE);
    this.dataIova = mapper.map(data);
  }

  /**
   * Issues Identify.
   *
   * @return the 4096 bytes, little-endian, the caller's own copy
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  ByteBuffer identify(String what, int nsid, int cns) {
    return identify(what, nsid, cns, 0);
  }

  /** As {@link #identify(String, int, int)}, with dword 11, which names a command set. */
  ByteBuffer identify(String what, int nsid, int cns, int cdw11) {
    return read(what, AdminOpcode.IDENTIFY, nsid, dwords(cns, cdw11), 0, Identify.SIZE);
  }

  /**
   * Issues a command that reads data.
   *
   * @param bytes 4 to 4096, a multiple of 4
   * @return the data, little-endian, the caller's own copy
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  synchronized ByteBuffer read(
      String what, int opcode, int nsid, long cdw10and11, long cdw12and13, int bytes) {
    for (int i = 0; i < Identify.SIZE; i += Long.BYTES) {
      data.buffer().putLong(i, 0);
    }
    SyncCommand command = new SyncCommand();
    command.prepare(opcode, nsid, cdw10and11, cdw12and13, 0);
    command.addSegment(dataIova, bytes);
    execute(what, command);
    ByteBuffer copy = ByteBuffer.allocate(bytes).order(data.buffer().order());
    copy.put(0, data.buffer(), 0, bytes);
    return copy;
  }

  /**
   * Issues Doorbell Buffer Config.
   *
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  synchronized void doorbellBuffers(long shadows, long events, int pageSize) {
    SyncCommand command = new SyncCommand();
    command.prepare(AdminOpcode.DOORBELL_BUFFER_CONFIG, 0, 0, 0, 0);
    command.addSegment(shadows, pageSize);
    command.addSegment(events, pageSize);
    execute("Doorbell Buffer Config", command);
  }

  /**
   * Issues a command as it is, its memory included.
   *
   * @return dword 0 of its completion
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  synchronized int execute(String what, Consumer<Command> prepare) {
    SyncCommand command = new SyncCommand();
    prepare.accept(command);
    return execute(what, command);
  }

  /**
   * Posts a command that ends some time, by {@link #poll} or while another is waited for.
   *
   * @throws NvmeException if the controller is being reset, or lost
   */
  synchronized void submit(Command command) {
    requireOpen("command");
    pair.setOwner(Thread.currentThread());
    pair.submit(command);
  }

  /** Completes what has ended. Completions are called under the lock of this queue. */
  synchronized void poll() {
    pair.setOwner(Thread.currentThread());
    pair.poll();
  }

  /**
   * Issues a command without data.
   *
   * @return dword 0 of its completion
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  synchronized int execute(String what, int opcode, int nsid, int cdw10, int cdw11) {
    SyncCommand command = new SyncCommand();
    command.prepare(opcode, nsid, dwords(cdw10, cdw11), 0, 0);
    return execute(what, command);
  }

  /**
   * Issues a command whose only data pointer is the address of a queue.
   *
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  synchronized void createQueue(String what, int opcode, long queueIova, int cdw10, int cdw11) {
    SyncCommand command = new SyncCommand();
    command.prepare(opcode, 0, dwords(cdw10, cdw11), 0, 0);
    command.addSegment(queueIova, Long.BYTES);
    execute(what, command);
  }

  /**
   * Asks the controller to end a command of another queue (5.1). One at a time, which every Abort
   * Command Limit allows.
   *
   * @return whether the controller says that it did; then the command's completion follows
   * @throws NvmeException if the controller refuses, or gives no answer in time
   */
  synchronized boolean abort(int qid, int cid) {
    SyncCommand command = new SyncCommand();
    command.prepare(AdminOpcode.ABORT, 0, qid | (long) cid << 16, 0, 0);
    String what = "Abort of command 0x%04x of queue %d".formatted(cid, qid);
    int result = execute(what, command, Math.min(timeoutMillis, ABORT_MILLIS));
    return (result & 1) == 0;
  }

  /**
   * Sees to it that a command of this queue ends that had no answer in time: by Abort, or else by a
   * reset, which the supervisor does next.
   *
   * @param ended whether it has ended
   * @return the same, after an Abort
   */
  synchronized boolean abandonUnanswered(Command command, BooleanSupplier ended) {
    pair.setOwner(Thread.currentThread());
    int cid = pair.cid(command);
    try {
      if (cid >= 0 && !cancelled && !closed && abort(0, cid)) {
        deadlines.await(
            "%s: the end of command 0x%04x, which was aborted".formatted(name, cid),
            Math.min(timeoutMillis, ABORT_MILLIS),
            () -> {
              pair.poll();
              return ended.getAsBoolean() || cancelled;
            });
      }
    } catch (NvmeException e) {
      LOG.warn("{}", e.getMessage());
    }
    if (!ended.getAsBoolean()) {
      unanswered = true;
    }
    return ended.getAsBoolean();
  }

  /** Whether a command had no answer: only a reset makes the memory safe again. */
  boolean unanswered() {
    return unanswered;
  }

  /** Lets whoever waits for an answer fail at once: there will be none. */
  void cancel() {
    cancelled = true;
  }

  /** Rings nothing from here on: the controller is about to be disabled. */
  synchronized void stop() {
    pair.setOwner(Thread.currentThread());
    pair.stop();
  }

  /** Empties the rings and ends what was outstanding; the controller is disabled. */
  synchronized void abandon() {
    pair.setOwner(Thread.currentThread());
    pair.abandon(HostStatus.OUTCOME_UNKNOWN);
  }

  /** Takes commands again; the controller is enabled. */
  synchronized void resume() {
    pair.setOwner(Thread.currentThread());
    pair.resume();
    unanswered = false;
    cancelled = false;
  }

  private void requireOpen(String what) {
    if (cancelled || closed) {
      throw new NvmeException(
          name
              + ": "
              + what
              + (closed
                  ? ": the controller is lost"
                  : ": the controller is being reset; try again"));
    }
  }

  /** Releases the memory; the controller is disabled, or gone. Idempotent. */
  synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    pair.setOwner(Thread.currentThread());
    pair.close(Status.ABORTED_SQ_DELETION);
    mapper.unmap(dataIova);
    memory.unmap();
  }

  private int execute(String what, SyncCommand command) {
    return execute(what, command, timeoutMillis);
  }

  private int execute(String what, SyncCommand command, int millis) {
    requireOpen(what);
    pair.setOwner(Thread.currentThread());
    pair.submit(command);
    try {
      deadlines.await(
          name + ": " + what,
          millis,
          () -> {
            pair.poll();
            return command.done || cancelled;
          });
    } catch (NvmeException e) {
      unanswered = true;
      throw e;
    }
    if (!command.done) {
      requireOpen(what);
    }
    if (Status.isError(command.status)) {
      throw new NvmeException(name + ": " + what, command.status);
    }
    return (int) command.result;
  }

  private static long dwords(int low, int high) {
    return low & 0xFFFFFFFFL | (long) high << 32;
  }

  private static final class SyncCommand extends Command {
    private boolean done;
    private int status;
    private long result;

    @Override
    protected void completed(int status, long result) {
      this.status = status;
      this.result = result;
      this.done = true;
    }
  }
}
