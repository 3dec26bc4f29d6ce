package dev.doorbell.nvme.controller;

import dev.doorbell.device.Device;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.nvme.queue.CommandLimits;
import dev.doorbell.nvme.queue.QueueMemory;
import dev.doorbell.nvme.queue.TickClock;
import dev.doorbell.nvme.queue.WriteCache;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.OptionalCommands;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
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
  private final TickClock clock = new TickClock();
  private final ControllerCounters counters = new ControllerCounters();

  private final HostMappings mappings;

  private volatile ControllerState state = ControllerState.NEW;
  private volatile boolean unused;

  private BringUp bringUp;
  private Interrupt[] interrupts;
  private AdminQueue admin;
  private QueueMemory adminMemory;
  private ControllerInfo info;
  private IoQueues queues;
  private NamespaceReports reports;
  private final WriteCache writeCache = new WriteCache(true);
  private Deadlines deadlines;
  private LimitsReader limits;
  private Features features;
  private ControllerLogs logs;
  private ControllerEvents events;

  /** Null if the controller has none, or they are not wanted. */
  private ShadowDoorbells shadows;

  private Controller(Device device, ControllerOptions options) {
    this.device = device;
    this.registers = device.registers();
    this.mapper = device.dma();
    this.options = options;
    this.name = options.name();
    this.mappings = new HostMappings(name);
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
    return reports.namespaces().usable();
  }

  /**
   * One namespace.
   *
   * @param nsid 1 to FFFFFFFEh
   * @throws NvmeException if it is not there, then it lists those that are; or if it cannot be
   *     served, for example because its blocks carry metadata
   */
  public NamespaceInfo namespace(long nsid) {
    return reports.namespaces().get(nsid);
  }

  /** What went wrong with the controller so far. */
  public ControllerCounters counters() {
    return counters;
  }

  /** Makes the one that watches this controller; there is to be one at most. */
  public Supervisor newSupervisor() {
    return new Supervisor(this, clock);
  }

  /**
   * Names the owner of an I/O queue: its commands are watched from here on.
   *
   * @param owner runs tasks on the queue's owner thread, in order and soon. Until this is called
   *     the queue must be idle while the controller is reset.
   */
  public void watch(IoQueueHandle handle, Executor owner) {
    queues.watch(handle, owner);
  }

  /**
   * Maps an arena that every I/O queue of this controller can use, until {@link #close}.
   *
   * @param bytes a power of two from 4096
   * @return owned by the calling thread until handed on
   */
  public synchronized DmaArena createArena(int bytes) {
    requireLive();
    return queues.createArena(bytes);
  }

  /**
   * What the controller takes in one command for a namespace.
   *
   * @throws NvmeException as {@link #namespace} does
   */
  public CommandLimits limits(long nsid) {
    return limits.of(namespace(nsid));
  }

  public Features features() {
    return features;
  }

  public ControllerLogs logs() {
    return logs;
  }

  /**
   * Commands that the driver knows nothing of.
   *
   * @throws IllegalStateException unless the controller was opened with passthrough
   */
  public Passthrough passthrough() {
    if (!options.choices().passthrough()) {
      throw new IllegalStateException(
          name
              + ": passthrough is off; open the controller with ControllerChoices.withPassthrough");
    }
    return new Passthrough(
        name, mapper, admin, deadlines, options.commandTimeoutMillis(), info.maxTransferBytes());
  }

  /** Has {@code listener} told of what the controller reports, by {@link #pollEvents}. */
  public void listen(ControllerListener listener) {
    reports.listen(listener);
  }

  /**
   * Deals with what the controller has reported by itself, and tells the listeners. To be called
   * now and then by one thread.
   *
   * @return how many events there were
   */
  public int pollEvents() {
    return state == ControllerState.LIVE ? events.poll() : 0;
  }

  /** Sets what a reset takes away: the cache, shadow doorbells, events. After every enable. */
  void configure() {
    features.configure(options.choices().cache());
    if (shadows != null) {
      shadows.configure(admin);
    }
    events.configure();
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
    return queues.create(arenaBytes, false);
  }

  /**
   * As {@link #createIoQueue}, for a thread that polls and never sleeps: the controller raises no
   * interrupt for it (IEN clear, NVMe Base 1.4, 5.3), which spares the processor one for nearly
   * every completion, and hears of taken completions only when half of the queue is full of them.
   */
  public synchronized IoQueueHandle createPolledIoQueue(int arenaBytes) {
    requireLive();
    return queues.create(arenaBytes, true);
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
        queues.delete();
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

  /**
   * Whether a controller that was given up is out of use: every owner of a queue has let go, so
   * that the device may be closed.
   */
  public boolean unused() {
    return unused;
  }

  void becomeUnused() {
    unused = true;
  }

  Device device() {
    return device;
  }

  BringUp bringUp() {
    return bringUp;
  }

  AdminQueue admin() {
    return admin;
  }

  ControllerOptions options() {
    return options;
  }

  /** CSTS, all ones if the device is gone. */
  int status() {
    return registers.readInt(ControllerRegisters.CSTS);
  }

  String name() {
    return name;
  }

  NamespaceReports reports() {
    return reports;
  }

  IoQueues queues() {
    return queues;
  }

  /** Sets CC.EN with the admin queue there is. */
  void enable() {
    become(ControllerState.ENABLING);
    bringUp.enable(AdminQueue.ENTRIES, adminMemory.submissionIova(), adminMemory.completionIova());
    become(ControllerState.READY);
  }

  private void start() {
    deadlines = new Deadlines(registers, options.waiting());
    bringUp = new BringUp(name, registers, deadlines);
    int stride = ControllerRegisters.capDoorbellStride(bringUp.cap());
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
              name,
              mapper,
              memory,
              new IoQueues.Doorbells(registers, stride, null).newPair(0, memory, false, clock),
              deadlines,
              options.commandTimeoutMillis());
    } catch (RuntimeException | Error e) {
      memory.unmap();
      throw e;
    }
    adminMemory = memory;
    enable();
    ByteBuffer identity = admin.identify("Identify controller", 0, Identify.CNS_CONTROLLER);
    info = describe(identity, grantedQueues());
    limits =
        LimitsReader.read(
            admin,
            identity,
            info.maxTransferBytes(),
            ControllerRegisters.capMinPageSize(bringUp.cap()));
    features = new Features(name, admin, info.volatileWriteCache(), writeCache);
    logs = new ControllerLogs(admin, identity);
    reports = new NamespaceReports(name, namespaceReader(), info.namespaceLimit(), logs);
    events = new ControllerEvents(name, admin, features, logs, identity, reports);
    int optional = IdentifyController.optionalAdminCommands(identity, 0);
    if (options.choices().shadowDoorbells()
        && (optional & OptionalCommands.OACS_DOORBELL_BUFFER) != 0) {
      shadows = new ShadowDoorbells(mapper, bringUp.pageSize(), stride);
      mappings.add(() -> mapper.unmap(shadows.iova()));
    }
    queues =
        new IoQueues(
            info,
            admin,
            mapper,
            mappings,
            interrupts,
            options.choices().foreign(),
            writeCache,
            new IoQueues.Doorbells(registers, stride, shadows),
            clock);
    configure();
    become(ControllerState.LIVE);
  }

  private NamespaceReader namespaceReader() {
    ZonedReader zoned =
        new ZonedReader(
            name,
            admin,
            bringUp.allCommandSets(),
            ControllerRegisters.capMinPageSize(bringUp.cap()),
            info.maxTransferBytes());
    return new NamespaceReader(name, admin, bringUp.pageSize(), zoned);
  }

  /** Asks for as many queue pairs as wanted; the controller may grant fewer, or more. */
  int grantedQueues() {
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

  private void requireLive() {
    if (state != ControllerState.LIVE) {
      throw new NvmeException(name + ": the controller is " + state + ", not LIVE");
    }
  }

  void become(ControllerState next) {
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
    if (queues != null) {
      queues.close();
    }
    mappings.releaseFrom(0);
    if (admin != null) {
      quietly("end of the admin queue", admin::close);
      admin = null;
    }
    become(ControllerState.CLOSED);
  }

  HostMappings mappings() {
    return mappings;
  }

  /** A release goes on, whatever one of its steps meets. */
  void quietly(String what, Runnable step) {
    HostMappings.quietly(name, what, step);
  }
}
