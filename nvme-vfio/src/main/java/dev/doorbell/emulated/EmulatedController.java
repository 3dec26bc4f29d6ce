package dev.doorbell.emulated;

import dev.doorbell.device.Device;
import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.nvme.spec.ControllerRegisters;
import java.util.Arrays;

/**
 * An NVMe controller in this process, over stores in memory or files.
 *
 * <p>Supports NVMe 1.4 with the NVM command set: Read, Write and Flush. In {@link
 * ProcessingMode#INLINE} commands are worked off by the thread that rings the doorbell, as far as
 * no disk is waited for; doorbells of different queue pairs do not contend. All methods may be
 * called by any thread.
 */
public final class EmulatedController implements Device {
  /** CAP.MPSMAX: pages of up to 64 KiB. */
  private static final int MAX_PAGE_EXPONENT = 4;

  private final EmulatedControllerConfig config;
  private final EmulatedIommu iommu = new EmulatedIommu();
  private final EmulatedInterrupt[] interrupts;
  private final Namespace[] namespaces;
  private final QueueTable queues;
  private final Engine engine;
  private final Lifecycle lifecycle;
  private final RegisterFile registers;

  private EmulatedController(EmulatedControllerConfig config) {
    this.config = config;
    interrupts = new EmulatedInterrupt[config.interruptVectors()];
    Arrays.setAll(interrupts, i -> new EmulatedInterrupt());
    namespaces = new Namespace[config.namespaces().size()];
    Arrays.setAll(
        namespaces, i -> new Namespace(i + 1, config.namespaces().get(i), config.serialNumber()));
    queues = new QueueTable(config.maxQueuePairs());
    long cap =
        ControllerRegisters.cap(
            config.maxQueueEntries(),
            config.readyTimeoutUnits(),
            config.doorbellStrideExponent(),
            1 << ControllerRegisters.CSS_NVM,
            0,
            MAX_PAGE_EXPONENT);
    lifecycle = new Lifecycle(config, cap, namespaces, queues, interrupts);
    WorkerPool pool =
        config.mode() == ProcessingMode.MANUAL
            ? null
            : new WorkerPool(config.name(), config.workers());
    engine = new Engine(pool, iommu, lifecycle);
    lifecycle.connect(engine, adminCommands());
    registers = new RegisterFile(cap, config.doorbellStrideExponent(), lifecycle, queues, engine);
  }

  /**
   * Starts a controller, disabled as after power-on. It owns the stores of its namespaces from here
   * on.
   */
  public static EmulatedController open(EmulatedControllerConfig config) {
    return new EmulatedController(config);
  }

  private AdminCommands adminCommands() {
    FeatureTable features =
        new FeatureTable(
            namespaces.length,
            config.interruptVectors(),
            config.volatileWriteCache(),
            config.maxQueuePairs());
    NvmCommands nvm = new NvmCommands(namespaces, config.maxTransferBytes(), features, engine);
    return new AdminCommands(
        new IdentifyData(config, nvm),
        new LogPages(engine.errors, queues),
        features,
        new QueueCommands(queues, features, nvm, interrupts, config.maxQueueEntries(), engine),
        queues,
        nvm,
        config.maxTransferBytes());
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public String transport() {
    return "emulated";
  }

  @Override
  public Registers registers() {
    return registers;
  }

  @Override
  public EmulatedIommu dma() {
    return iommu;
  }

  @Override
  public int interruptVectors() {
    return interrupts.length;
  }

  @Override
  public Interrupt[] enableInterrupts(int count) {
    if (count < 1 || count > interrupts.length) {
      throw new DeviceException(
          config.name() + ": interrupt vectors: " + count + ", allowed: 1 to " + interrupts.length);
    }
    try {
      for (int i = 0; i < count; i++) {
        interrupts[i].enable();
      }
    } catch (LinuxException e) {
      throw new DeviceException(config.name() + ": " + e.getMessage(), e);
    }
    return Arrays.copyOf(interrupts, count, Interrupt[].class);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Waits until the last I/O on the controller's threads has ended.
   */
  @Override
  public void reset() {
    lifecycle.reset();
  }

  /**
   * In {@link ProcessingMode#MANUAL}: executes commands on the calling thread, queue by queue in
   * the order of their identifiers.
   *
   * @param limit commands at most, at least 1
   * @return how many were executed; 0 if nothing is left to do
   * @throws IllegalStateException in inline mode
   */
  public int doWork(int limit) {
    if (!engine.manual()) {
      throw new IllegalStateException(config.name() + ": doWork is for manual mode");
    }
    int done = lifecycle.work();
    for (int qid = 0; qid < queues.limit() && done < limit; qid++) {
      SubmissionRing ring = queues.submission(qid);
      if (ring != null) {
        done += ring.work(limit - done);
      }
    }
    return done;
  }

  boolean manual() {
    return engine.manual();
  }

  /** How many commands wait for the next sync of a namespace. */
  int waitingForSync(int nsid) {
    return namespaces[nsid - 1].syncs.waiting();
  }

  /** How many doorbell writes were ignored: unknown queue, or a value out of range. */
  public long invalidDoorbells() {
    return engine.invalidDoorbells.sum();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Waits until the last I/O on the controller's threads has ended, then closes stores and
   * eventfds. What was written and not flushed is left to the operating system.
   */
  @Override
  public void close() {
    if (!lifecycle.close()) {
      return;
    }
    if (engine.pool != null) {
      engine.pool.stop();
    }
    for (Namespace namespace : namespaces) {
      namespace.store.close();
    }
    for (EmulatedInterrupt interrupt : interrupts) {
      interrupt.close();
    }
  }
}
