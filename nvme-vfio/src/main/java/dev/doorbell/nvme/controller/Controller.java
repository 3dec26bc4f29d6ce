package dev.doorbell.nvme.controller;

import dev.doorbell.device.Device;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.Doorbell;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueMemory;
import dev.doorbell.nvme.queue.QueuePair;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A controller that is brought up, with its namespaces and I/O queues.
 *
 * <p>Methods block, within deadlines, and may be called by any thread but an event loop. The device
 * stays the caller's: {@link #close} leaves it disabled, and open.
 */
public final class Controller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

  private final Device device;
  private final Registers registers;
  private final DmaMapper mapper;
  private final ControllerOptions options;
  private final String name;
  private final List<IoQueueHandle> queues = new ArrayList<>();

  /** How to take back the memory of I/O queues, also of those whose creation had no answer. */
  private final List<Runnable> mappings = new ArrayList<>();

  private volatile ControllerState state = ControllerState.NEW;

  private BringUp bringUp;
  private int doorbellStride;
  private Interrupt[] interrupts;
  private AdminQueue admin;
  private ControllerInfo info;
  private Namespaces namespaces;

  private Controller(Device device, ControllerOptions options) {
    this.device = device;
    this.registers = device.registers();
    this.mapper = device.dma();
    this.options = options;
    this.name = options.name();
  }

  /**
   * Resets the controller, brings it up and identifies it (NVMe Base 1.4, 7.6.1).
   *
   * @throws NvmeException if it does not come up; everything taken on the way is released again
   */
  public static Controller open(Device device, ControllerOptions options) {
    Controller controller = new Controller(device, options);
    try {
      controller.start();
      return controller;
    } catch (RuntimeException | Error e) {
      controller.fail();
      throw e;
    }
  }

  public ControllerInfo info() {
    return info;
  }

  /** The active namespaces that can be served, in order of their NSID. */
  public List<NamespaceInfo> namespaces() {
    return namespaces.usable();
  }

  /**
   * One namespace.
   *
   * @param nsid 1 to FFFFFFFEh
   * @throws NvmeException if it is not there, then it lists those that are; or if it cannot be
   *     served, for example because its blocks carry metadata
   */
  public NamespaceInfo namespace(long nsid) {
    return namespaces.get(nsid);
  }

  public ControllerState state() {
    return state;
  }

  /**
   * Creates an I/O queue pair with an arena of its own; completion queue first, then submission
   * queue.
   *
   * @param arenaBytes memory for the queue's buffers, a power of two from 4096
   * @return the queue, owned by the calling thread until handed on
   * @throws NvmeException if the controller refuses, or all granted queues exist
   */
  public synchronized IoQueueHandle createIoQueue(int arenaBytes) {
    requireLive();
    int qid = queues.size() + 1;
    if (qid > info.ioQueues()) {
      throw new NvmeException(
          "%s: the controller granted %d I/O queues, all of them exist"
              .formatted(name, info.ioQueues()));
    }
    QueueMemory memory =
        QueueMemory.allocate(
            mapper, info.queueEntries(), bringUp.pageSize(), info.maxTransferBytes());
    int mark = mappings.size();
    mappings.add(memory::unmap);
    DmaArena arena;
    long arenaIova;
    try {
      DmaMemory arenaMemory = DmaMemory.allocate(arenaBytes, bringUp.pageSize());
      long iova = mapper.map(arenaMemory);
      mappings.add(() -> mapper.unmap(iova));
      arenaIova = iova;
      arena = new DmaArena(arenaMemory, iova);
    } catch (RuntimeException | Error e) {
      unmapFrom(mark);
      throw e;
    }
    int vector = qid % interrupts.length;
    boolean completionQueue = false;
    try {
      admin.createQueue(
          "Create I/O Completion Queue " + qid,
          AdminOpcode.CREATE_IO_CQ,
          memory.completionIova(),
          QueueCommand.cdw10(qid, memory.entries()),
          QueueCommand.completionCdw11(vector));
      completionQueue = true;
      admin.createQueue(
          "Create I/O Submission Queue " + qid,
          AdminOpcode.CREATE_IO_SQ,
          memory.submissionIova(),
          QueueCommand.cdw10(qid, memory.entries()),
          QueueCommand.submissionCdw11(qid));
    } catch (NvmeException e) {
      // Without a definite answer the controller may have a queue: its memory stays to the end.
      if (Status.isError(e.status()) && (!completionQueue || undoCompletionQueue(qid, e))) {
        unmapFrom(mark);
      }
      throw e;
    }
    IoQueue queue = new IoQueue(qid, newPair(qid, memory), arena);
    IoQueueHandle handle = new IoQueueHandle(queue, interrupt(vector), memory, arenaIova);
    queues.add(handle);
    return handle;
  }

  /**
   * Deletes the I/O queues, shuts the controller down in order and disables it, then releases all
   * memory. Commands still outstanding end with "Command Aborted due to SQ Deletion". Idempotent;
   * does not throw: what the controller refuses is logged.
   *
   * <p>The event loops have let go of their queues before.
   */
  @Override
  public synchronized void close() {
    if (state == ControllerState.CLOSED) {
      return;
    }
    if (state == ControllerState.LIVE) {
      try {
        deleteIoQueues();
        become(ControllerState.SHUTTING_DOWN);
        bringUp.shutDown();
        become(ControllerState.DISABLING);
        bringUp.disable();
        become(ControllerState.DISABLED);
      } catch (RuntimeException e) {
        LOG.warn("{}: shutdown not in order: {}", name, e.getMessage());
        fail();
        return;
      }
    }
    release();
  }

  private void start() {
    Deadlines deadlines = new Deadlines(registers, options.waiting());
    bringUp = new BringUp(name, registers, deadlines);
    doorbellStride = ControllerRegisters.capDoorbellStride(bringUp.cap());
    become(ControllerState.DISABLING);
    bringUp.disable();
    become(ControllerState.DISABLED);
    // Before CC.EN=1: some controllers note a vector as unused for good if it is routed later.
    interrupts =
        device.enableInterrupts(Math.min(options.ioQueues() + 1, device.interruptVectors()));
    QueueMemory memory =
        QueueMemory.allocate(mapper, AdminQueue.ENTRIES, bringUp.pageSize(), Identify.SIZE);
    try {
      admin =
          new AdminQueue(
              name, mapper, memory, newPair(0, memory), deadlines, options.commandTimeoutMillis());
    } catch (RuntimeException | Error e) {
      memory.unmap();
      throw e;
    }
    become(ControllerState.ENABLING);
    bringUp.enable(AdminQueue.ENTRIES, memory.submissionIova(), memory.completionIova());
    become(ControllerState.READY);
    ByteBuffer identity = admin.identify("Identify controller", 0, Identify.CNS_CONTROLLER);
    info = describe(identity, grantedQueues());
    namespaces =
        new NamespaceReader(name, admin, bringUp.pageSize()).readAll(info.namespaceLimit());
    become(ControllerState.LIVE);
  }

  /** Asks for as many queue pairs as wanted; the controller may grant fewer, or more. */
  private int grantedQueues() {
    int granted =
        admin.execute(
            "Set Features, Number of Queues",
            AdminOpcode.SET_FEATURES,
            0,
            Feature.NUMBER_OF_QUEUES,
            Feature.numberOfQueues(options.ioQueues(), options.ioQueues()));
    int pairs = Math.min(Feature.submissionQueues(granted), Feature.completionQueues(granted));
    return Math.min(pairs, options.ioQueues());
  }

  private ControllerInfo describe(ByteBuffer identity, int ioQueues) {
    int mdts = IdentifyController.mdts(identity, 0);
    long fromMdts =
        mdts == 0 || mdts > 18
            ? Integer.MAX_VALUE
            : (long) ControllerRegisters.capMinPageSize(bringUp.cap()) << mdts;
    // NLB is 16 bits: the smallest block bounds what every namespace can transfer.
    long fromBlocks = 512L * NvmOpcode.MAX_BLOCKS;
    int maxTransfer = (int) Math.min(Math.min(fromMdts, fromBlocks), options.maxTransfer());
    return new ControllerInfo(
        name,
        device.name(),
        device.transport(),
        IdentifyController.vendorId(identity, 0),
        IdentifyController.serialNumber(identity, 0),
        IdentifyController.modelNumber(identity, 0),
        IdentifyController.firmwareRevision(identity, 0),
        IdentifyController.subsystemName(identity, 0),
        ControllerRegisters.version(registers.readInt(ControllerRegisters.VS)),
        IdentifyController.namespaceCount(identity, 0),
        IdentifyController.optionalCommands(identity, 0),
        IdentifyController.volatileWriteCache(identity, 0),
        IdentifyController.atomicWriteUnitPowerFail(identity, 0),
        maxTransfer,
        Math.min(options.queueEntries(), ControllerRegisters.capMaxQueueEntries(bringUp.cap())),
        ioQueues,
        interrupts.length,
        bringUp.pageSize());
  }

  /** The vector as the thread of one queue may use it. */
  private Interrupt interrupt(int vector) {
    // Queue n has vector n modulo the count: the queue one round further on would be the next.
    int next = (vector == 0 ? interrupts.length : vector) + interrupts.length;
    boolean shared = next <= info.ioQueues();
    return shared ? new SharedInterrupt(interrupts[vector]) : interrupts[vector];
  }

  private QueuePair newPair(int qid, QueueMemory memory) {
    int submission = ControllerRegisters.submissionDoorbell(qid, doorbellStride);
    int completion = ControllerRegisters.completionDoorbell(qid, doorbellStride);
    Doorbell tail = value -> registers.writeInt(submission, value);
    Doorbell head = value -> registers.writeInt(completion, value);
    return new QueuePair(memory, tail, head);
  }

  private void requireLive() {
    if (state != ControllerState.LIVE) {
      throw new NvmeException(name + ": the controller is " + state + ", not LIVE");
    }
  }

  /** Submission queue before its completion queue (5.5, 5.6). */
  private void deleteIoQueues() {
    for (IoQueueHandle handle : queues) {
      int qid = handle.queue().id();
      delete("Delete I/O Submission Queue " + qid, AdminOpcode.DELETE_IO_SQ, qid);
      delete("Delete I/O Completion Queue " + qid, AdminOpcode.DELETE_IO_CQ, qid);
    }
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

  private void become(ControllerState next) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException(name + ": " + state + " cannot become " + next);
    }
    LOG.debug("{}: {} -> {}", name, state, next);
    state = next;
  }

  /** Makes sure that the controller no longer reaches host memory, then releases it. */
  private void fail() {
    become(ControllerState.FAILED);
    boolean stopped = false;
    try {
      if (bringUp != null) {
        bringUp.forceDisable();
      }
      stopped = true;
    } catch (RuntimeException e) {
      LOG.warn("{}: could not be disabled, so it is reset: {}", name, e.getMessage());
    }
    if (!stopped) {
      try {
        device.reset();
        stopped = true;
      } catch (RuntimeException e) {
        LOG.error("{}: reset failed: {}", name, e.getMessage());
      }
    }
    release();
  }

  private void release() {
    for (IoQueueHandle handle : queues) {
      handle.queue().setOwner(Thread.currentThread());
      quietly("end of commands", () -> handle.queue().pair().close(Status.ABORTED_SQ_DELETION));
    }
    queues.clear();
    unmapFrom(0);
    if (admin != null) {
      quietly("end of the admin queue", admin::close);
      admin = null;
    }
    become(ControllerState.CLOSED);
  }

  private void unmapFrom(int mark) {
    for (int i = mappings.size() - 1; i >= mark; i--) {
      quietly("unmap", mappings.remove(i));
    }
  }

  /** A release goes on, whatever one of its steps meets. */
  private void quietly(String what, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("{}: {} failed", name, what, e);
    }
  }
}
