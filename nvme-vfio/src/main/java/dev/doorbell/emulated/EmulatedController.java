package dev.doorbell.emulated;

import dev.doorbell.device.Device;
import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * An NVMe controller in this process, over stores in memory or files.
 *
 * <p>Supports NVMe 1.4 with the NVM command set, as far as {@link OptionalFeatures} offers it, and
 * on zoned namespaces the Zoned Namespace Command Set. In {@link ProcessingMode#INLINE} commands
 * are worked off by the thread that rings the doorbell, as far as no disk is waited for; doorbells
 * of different queue pairs do not contend. All methods may be called by any thread.
 */
public final class EmulatedController implements Device {
  /** CAP.MPSMAX: pages of up to 64 KiB. */
  private static final int MAX_PAGE_EXPONENT = 4;

  private final EmulatedControllerConfig config;
  private final EmulatedIommu iommu;
  private final EmulatedInterrupt[] interrupts;
  private final NamespaceTable namespaces;
  private final QueueTable queues;
  private final Engine engine;
  private final Lifecycle lifecycle;
  private final RegisterFile registers;
  private final Faults faults;

  /** Of all namespaces there have been; closed at the end, when no command can be at one. */
  private final List<NamespaceConfig> stores = new ArrayList<>();

  private FeatureTable features;
  private Events events;

  private EmulatedController(EmulatedControllerConfig config) {
    this.config = config;
    iommu = new EmulatedIommu(config.mappingLimit());
    interrupts = new EmulatedInterrupt[config.interruptVectors()];
    Arrays.setAll(interrupts, i -> new EmulatedInterrupt());
    stores.addAll(config.namespaces());
    Namespace[] first = new Namespace[config.namespaces().size()];
    Arrays.setAll(first, i -> namespace(i + 1, config.namespaces().get(i)));
    namespaces = new NamespaceTable(first);
    queues = new QueueTable(config.maxQueuePairs());
    long cap =
        ControllerRegisters.cap(
            config.maxQueueEntries(),
            config.readyTimeoutUnits(),
            config.doorbellStrideExponent(),
            commandSets(),
            0,
            MAX_PAGE_EXPONENT);
    lifecycle = new Lifecycle(config, cap, namespaces, queues, interrupts);
    WorkerPool pool =
        config.mode() == ProcessingMode.MANUAL
            ? null
            : new WorkerPool(config.name(), config.workers());
    engine = new Engine(pool, iommu, lifecycle);
    faults = new Faults(config.name(), engine, lifecycle, namespaces);
    engine.injector = faults;
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

  /** CAP.CSS: Identify tells of command sets if there is more than one. */
  private int commandSets() {
    boolean zoned = config.namespaces().stream().anyMatch(n -> n.zones() != null);
    return 1 << ControllerRegisters.CSS_NVM | (zoned ? 1 << IdentifyZoned.CSS_ALL : 0);
  }

  private AdminCommands adminCommands() {
    features =
        new FeatureTable(
            namespaces.limit(),
            config.interruptVectors(),
            config.volatileWriteCache(),
            config.maxQueuePairs());
    events = new Events(features);
    NvmCommands nvm =
        new NvmCommands(namespaces, config.features(), config.maxTransferBytes(), features, engine);
    ShadowBuffers shadows =
        new ShadowBuffers(
            queues, 4 << config.doorbellStrideExponent(), config.features().shadowDoorbells());
    return new AdminCommands(
        new IdentifyData(config, nvm),
        new LogPages(engine.errors, queues, events, config.features(), nvm),
        features,
        new QueueCommands(
            queues, features, nvm, interrupts, config.maxQueueEntries(), shadows, engine),
        queues,
        nvm,
        events,
        shadows,
        config.maxTransferBytes());
  }

  /**
   * Attaches a namespace while the controller runs, and tells the host. The controller closes its
   * store with the others.
   *
   * @return its NSID: the lowest that is free
   * @throws IllegalArgumentException if it is zoned, and no namespace was at the start
   */
  public synchronized int attach(NamespaceConfig of) {
    if (of.zones() != null && commandSets() == 1 << ControllerRegisters.CSS_NVM) {
      throw new IllegalArgumentException(
          config.name() + ": had no zoned namespace at first, so it tells of no such command set");
    }
    int nsid = 1;
    while (namespaces.get(nsid) != null) {
      nsid++;
    }
    Namespace namespace = namespace(nsid, of);
    stores.add(of);
    int attached = nsid;
    underAdminLock(
        admin -> {
          features.namespaceAttached(attached);
          namespaces.put(attached, namespace);
          events.namespaceChanged(attached, admin);
        });
    return nsid;
  }

  /**
   * Detaches a namespace while the controller runs, and tells the host. Commands under way end as
   * if it were still there; its store is closed with the controller.
   *
   * @throws IllegalArgumentException if it is not there
   */
  public synchronized void detach(int nsid) {
    requireNamespace(nsid);
    underAdminLock(
        admin -> {
          namespaces.put(nsid, null);
          events.namespaceChanged(nsid, admin);
        });
  }

  /**
   * Changes the capacity of a namespace while the controller runs, and tells the host.
   *
   * @param bytes a positive multiple of the block size, at most the size of the store
   * @throws IllegalArgumentException if the namespace is not there, or {@code bytes} out of range
   */
  public synchronized void resize(int nsid, long bytes) {
    Namespace old = requireNamespace(nsid);
    Namespace resized = old.resized(bytes);
    underAdminLock(
        admin -> {
          namespaces.put(nsid, resized);
          events.namespaceChanged(nsid, admin);
        });
  }

  /**
   * Sets the critical warnings of the SMART / Health log, and tells the host of new ones.
   *
   * @param bits as {@link dev.doorbell.nvme.spec.SmartLog} has them
   */
  public void setCriticalWarning(int bits) {
    underAdminLock(admin -> events.criticalWarning(bits, admin));
  }

  private Namespace requireNamespace(int nsid) {
    Namespace namespace = namespaces.get(nsid);
    if (namespace == null) {
      throw new IllegalArgumentException(config.name() + ": there is no namespace " + nsid);
    }
    return namespace;
  }

  /** Events and features are the admin queue's; while there is none, nobody else uses them. */
  private void underAdminLock(Consumer<SubmissionRing> step) {
    SubmissionRing admin = queues.submission(0);
    if (admin == null) {
      step.accept(null);
      return;
    }
    boolean raise;
    synchronized (admin.completions) {
      step.accept(admin);
      raise = admin.completions.takeUnsignalled();
    }
    if (raise) {
      admin.completions.raise();
    }
  }

  private Namespace namespace(int nsid, NamespaceConfig of) {
    return new Namespace(nsid, of, config.serialNumber(), config.features().compareAndWrite());
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
    int done = lifecycle.work() + faults.completeLate();
    for (int qid = 0; qid < queues.limit() && done < limit; qid++) {
      SubmissionRing ring = queues.submission(qid);
      if (ring != null) {
        done += ring.work(limit - done);
      }
    }
    return done;
  }

  /**
   * Lets a zone wear out, as zones of real drives do: from now on it is read only, or offline. The
   * host is told, and finds it in the Changed Zone List.
   *
   * @param nsid of a zoned namespace
   * @param to {@link ZoneCondition#READ_ONLY} or {@link ZoneCondition#OFFLINE}
   * @return a status: whether that could be made durable
   */
  public synchronized int wearOut(int nsid, int zone, ZoneCondition to) {
    Namespace namespace = requireNamespace(nsid);
    namespace.zones.wearOut(zone, to);
    int status = namespace.flush();
    underAdminLock(events::zonesChanged);
    return status;
  }

  /** The faults that the controller is to have; none at first. */
  public Faults faults() {
    return faults;
  }

  boolean manual() {
    return engine.manual();
  }

  /** How many commands wait for the next sync of a namespace. */
  int waitingForSync(int nsid) {
    return namespaces.get(nsid).syncs.waiting();
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
    faults.close();
    if (engine.pool != null) {
      engine.pool.stop();
    }
    synchronized (this) {
      stores.forEach(NamespaceConfig::close);
    }
    for (EmulatedInterrupt interrupt : interrupts) {
      interrupt.close();
    }
  }
}
