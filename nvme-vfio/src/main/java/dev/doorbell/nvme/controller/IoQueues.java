package dev.doorbell.nvme.controller;

import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporaryMappings;
import dev.doorbell.dma.TemporarySpace;
import dev.doorbell.nvme.queue.Doorbell;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueMemory;
import dev.doorbell.nvme.queue.QueuePair;
import dev.doorbell.nvme.queue.TickClock;
import dev.doorbell.nvme.queue.WriteCache;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The I/O queue pairs of a controller, with their memory: created, given to the controller again
 * after a reset, and deleted. Guarded by the lock of the controller, but for {@link #links}.
 */
final class IoQueues {
  private static final Logger LOG = LoggerFactory.getLogger(IoQueues.class);

  private static final int NO_VECTOR = -1;

  /**
   * Where an arena of that size or more starts at a multiple of it, kernel and IOMMU may translate
   * it in pages of 2 MiB: else large transfers at depth wait for the IOMMU to look up page after
   * page.
   */
  private static final int LARGE_PAGE = 2 << 20;

  private final ControllerInfo info;
  private final AdminQueue admin;
  private final DmaMapper mapper;
  private final HostMappings mappings;
  private final Interrupt[] interrupts;
  private final ControllerChoices.ForeignMemory foreign;
  private final WriteCache writeCache;
  private final Doorbells doorbells;
  private final TickClock clock;

  /** Copied on write, for the supervisor reads them without a lock. */
  private final List<QueueLink> links = new CopyOnWriteArrayList<>();

  /** Where to ring for the queues of a controller; {@code shadows} may be null. */
  record Doorbells(Registers registers, int stride, ShadowDoorbells shadows) {
    QueuePair newPair(int qid, QueueMemory memory, boolean polledOnly, TickClock clock) {
      int submission = ControllerRegisters.submissionDoorbell(qid, stride);
      int completion = ControllerRegisters.completionDoorbell(qid, stride);
      Doorbell tail = value -> registers.writeInt(submission, value);
      Doorbell head = value -> registers.writeInt(completion, value);
      if (shadows != null && qid > 0) {
        tail = shadows.submission(qid, tail);
        head = shadows.completion(qid, head);
      }
      return new QueuePair(memory, tail, head, polledOnly, clock);
    }
  }

  IoQueues(
      ControllerInfo info,
      AdminQueue admin,
      DmaMapper mapper,
      HostMappings mappings,
      Interrupt[] interrupts,
      ControllerChoices.ForeignMemory foreign,
      WriteCache writeCache,
      Doorbells doorbells,
      TickClock clock) {
    this.info = info;
    this.admin = admin;
    this.mapper = mapper;
    this.mappings = mappings;
    this.interrupts = interrupts;
    this.foreign = foreign;
    this.writeCache = writeCache;
    this.doorbells = doorbells;
    this.clock = clock;
  }

  List<QueueLink> links() {
    return links;
  }

  void watch(IoQueueHandle handle, Executor owner) {
    for (QueueLink link : links) {
      if (link.handle() == handle) {
        link.setOwner(owner);
        return;
      }
    }
    throw new IllegalArgumentException(info.name() + ": not a queue of this controller");
  }

  DmaArena createArena(int bytes) {
    DmaMemory memory = DmaMemory.allocate(bytes, info.pageSize());
    long iova = mapper.map(memory);
    mappings.add(() -> mapper.unmap(iova));
    return new DmaArena(memory, iova, mapper);
  }

  /**
   * Completion queue first, then submission queue.
   *
   * @param polledOnly whether it raises no interrupt
   */
  IoQueueHandle create(int arenaBytes, boolean polledOnly) {
    int qid = links.size() + 1;
    if (qid > info.ioQueues()) {
      throw new NvmeException(
          "%s: the controller granted %d I/O queues, all of them exist"
              .formatted(info.name(), info.ioQueues()));
    }
    int vector = polledOnly ? NO_VECTOR : qid % interrupts.length;
    QueueMemory memory =
        QueueMemory.allocate(mapper, info.queueEntries(), info.pageSize(), info.maxTransferBytes());
    int mark = mappings.mark();
    mappings.add(memory::unmap);
    DmaArena arena;
    long arenaIova;
    TemporaryMappings temporary;
    try {
      int alignment =
          Math.max(info.pageSize(), Math.min(Integer.highestOneBit(arenaBytes), LARGE_PAGE));
      DmaMemory arenaMemory = DmaMemory.allocate(arenaBytes, alignment);
      long iova = mapper.map(arenaMemory);
      mappings.add(() -> mapper.unmap(iova));
      arenaIova = iova;
      arena = new DmaArena(arenaMemory, iova, mapper);
      temporary = temporaryMappings();
    } catch (RuntimeException | Error e) {
      mappings.releaseFrom(mark);
      throw e;
    }
    boolean completionQueue = false;
    try {
      createCompletionQueue(qid, memory, vector);
      completionQueue = true;
      createSubmissionQueue(qid, memory);
    } catch (NvmeException e) {
      // Without a definite answer the controller may have a queue: its memory stays to the end.
      if (Status.isError(e.status()) && (!completionQueue || undoCompletionQueue(qid, e))) {
        mappings.releaseFrom(mark);
      }
      throw e;
    }
    QueuePair pair = doorbells.newPair(qid, memory, polledOnly, clock);
    IoQueue queue = new IoQueue(qid, pair, arena, writeCache, temporary);
    IoQueueHandle handle = new IoQueueHandle(queue, interrupt(vector), memory, arenaIova);
    links.add(new QueueLink(handle, vector));
    return handle;
  }

  private TemporaryMappings temporaryMappings() {
    // With larger pages a controller could not take what begins at a page of 4096 bytes.
    if (foreign.mapFrom() == 0 || info.pageSize() != DmaMemory.PAGE_SIZE) {
      return null;
    }
    TemporarySpace space = mapper.openTemporary(foreign.mappedBytes());
    if (space == null) {
      return null;
    }
    mappings.add(space::close);
    return new TemporaryMappings(space, foreign.mapFrom());
  }

  /** Gives all of them to the controller again, which has forgotten them in a reset. */
  void restore() {
    for (QueueLink link : links) {
      int qid = link.handle().queue().id();
      createCompletionQueue(qid, link.handle().queueMemory(), link.vector());
      createSubmissionQueue(qid, link.handle().queueMemory());
    }
  }

  /** Submission queue before its completion queue (5.5, 5.6). */
  void delete() {
    for (QueueLink link : links) {
      int qid = link.handle().queue().id();
      delete("Delete I/O Submission Queue " + qid, AdminOpcode.DELETE_IO_SQ, qid);
      delete("Delete I/O Completion Queue " + qid, AdminOpcode.DELETE_IO_CQ, qid);
    }
  }

  /** Ends what is outstanding; the controller is disabled. */
  void close() {
    for (QueueLink link : links) {
      link.handle().queue().setOwner(Thread.currentThread());
      HostMappings.quietly(
          info.name(), "end of commands", () -> link.pair().close(Status.ABORTED_SQ_DELETION));
    }
    links.clear();
  }

  /** The vector as the thread of one queue may use it; null if there is none. */
  private Interrupt interrupt(int vector) {
    if (vector == NO_VECTOR) {
      return null;
    }
    // Queue n has vector n modulo the count: the queue one round further on would be the next.
    int next = (vector == 0 ? interrupts.length : vector) + interrupts.length;
    boolean shared = next <= info.ioQueues();
    return shared ? new SharedInterrupt(interrupts[vector]) : interrupts[vector];
  }

  private void createCompletionQueue(int qid, QueueMemory memory, int vector) {
    admin.createQueue(
        "Create I/O Completion Queue " + qid,
        AdminOpcode.CREATE_IO_CQ,
        memory.completionIova(),
        QueueCommand.cdw10(qid, memory.entries()),
        QueueCommand.completionCdw11(vector));
  }

  private void createSubmissionQueue(int qid, QueueMemory memory) {
    admin.createQueue(
        "Create I/O Submission Queue " + qid,
        AdminOpcode.CREATE_IO_SQ,
        memory.submissionIova(),
        QueueCommand.cdw10(qid, memory.entries()),
        QueueCommand.submissionCdw11(qid));
  }

  /**
   * @return false if the controller refused
   * @throws NvmeException if it gave no answer
   */
  private boolean delete(String what, int opcode, int qid) {
    try {
      admin.execute(what, opcode, 0, qid, 0);
      return true;
    } catch (NvmeException e) {
      if (!Status.isError(e.status())) {
        throw e;
      }
      LOG.warn("{}", e.getMessage());
      return false;
    }
  }

  private boolean undoCompletionQueue(int qid, NvmeException cause) {
    try {
      return delete("Delete I/O Completion Queue " + qid, AdminOpcode.DELETE_IO_CQ, qid);
    } catch (NvmeException e) {
      cause.addSuppressed(e);
      return false;
    }
  }
}
