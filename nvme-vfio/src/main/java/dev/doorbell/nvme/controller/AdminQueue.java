package dev.doorbell.nvme.controller;

import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.QueueMemory;
import dev.doorbell.nvme.queue.QueuePair;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;

/**
 * Admin commands, one at a time, each with a deadline.
 *
 * <p>Safe for use by several threads: a caller waits until the one before it has its answer.
 */
final class AdminQueue {
  static final int ENTRIES = 32;

  private final String name;
  private final DmaMapper mapper;
  private final QueueMemory memory;
  private final QueuePair pair;
  private final DmaMemory data;
  private final long dataIova;
  private final Deadlines deadlines;
  private final int timeoutMillis;

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
  synchronized ByteBuffer identify(String what, int nsid, int cns) {
    for (int i = 0; i < Identify.SIZE; i += Long.BYTES) {
      data.buffer().putLong(i, 0);
    }
    SyncCommand command = new SyncCommand();
    command.prepare(AdminOpcode.IDENTIFY, nsid, cns, 0, 0);
    command.addSegment(dataIova, Identify.SIZE);
    execute(what, command);
    ByteBuffer copy = ByteBuffer.allocate(Identify.SIZE).order(data.buffer().order());
    copy.put(0, data.buffer(), 0, Identify.SIZE);
    return copy;
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

  /** Releases the memory; the controller is disabled, or gone. */
  synchronized void close() {
    pair.setOwner(Thread.currentThread());
    pair.close(Status.ABORTED_SQ_DELETION);
    mapper.unmap(dataIova);
    memory.unmap();
  }

  private int execute(String what, SyncCommand command) {
    pair.setOwner(Thread.currentThread());
    pair.submit(command);
    deadlines.await(
        name + ": " + what,
        timeoutMillis,
        () -> {
          pair.poll();
          return command.done;
        });
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
