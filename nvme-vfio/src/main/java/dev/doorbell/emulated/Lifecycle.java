package dev.doorbell.emulated;

import static dev.doorbell.nvme.spec.ControllerRegisters.CC_ENABLE;
import static dev.doorbell.nvme.spec.ControllerRegisters.CC_SHN_MASK;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_FATAL;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_READY;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_SHST_COMPLETE;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_SHST_MASK;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_SHST_OCCURRING;

import dev.doorbell.device.DeviceException;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.IdentifyZoned;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enable, reset and shutdown of the controller (NVMe Base 1.4, 3.1.5, 3.1.6, 7.3 and 7.6).
 *
 * <p>Its monitor comes before those of the queues and is never taken under one of them.
 */
final class Lifecycle implements Engine.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  /** Where the controller is between reset and ready. */
  enum State {
    DISABLED,
    /** Enabled, and by configuration never ready. */
    STARTING,
    READY,
    /** CSTS.CFS is set; only a reset helps. */
    FAILED,
    /** CC.EN is 0, and CSTS.RDY still 1 until the last work on workers has ended. */
    RESETTING,
    /** The device is gone. */
    CLOSED,
    /** Taken off the bus by {@link Faults}; it may come back. */
    GONE
  }

  private final EmulatedControllerConfig config;
  private final long cap;
  private final NamespaceTable namespaces;
  private final QueueTable queues;
  private final EmulatedInterrupt[] interrupts;
  private AdminCommands admin;
  private Engine engine;
  private State state = State.DISABLED;
  private int cc;
  private int aqa;
  private long asq;
  private long acq;
  private volatile int csts;

  /** Resets by CC.EN that are to hang. */
  private int hangs;

  private boolean functionHangs;

  /** The reset under way hangs: only a function reset ends it. */
  private boolean hung;

  /** In manual mode: a shutdown that waits for {@link EmulatedController#doWork}. */
  private Shutdown manualShutdown;

  Lifecycle(
      EmulatedControllerConfig config,
      long cap,
      NamespaceTable namespaces,
      QueueTable queues,
      EmulatedInterrupt[] interrupts) {
    this.config = config;
    this.cap = cap;
    this.namespaces = namespaces;
    this.queues = queues;
    this.interrupts = interrupts;
  }

  /** Completes construction; the three refer to each other. */
  void connect(Engine theEngine, AdminCommands theAdmin) {
    this.engine = theEngine;
    this.admin = theAdmin;
  }

  int csts() {
    return csts;
  }

  synchronized int cc() {
    return cc;
  }

  synchronized int aqa() {
    return aqa;
  }

  synchronized long asq() {
    return asq;
  }

  synchronized long acq() {
    return acq;
  }

  /** The queue registers may be written only while the controller is disabled. */
  synchronized void writeAqa(int value) {
    if (state == State.DISABLED) {
      aqa = value;
    }
  }

  synchronized void writeAsq(long value) {
    if (state == State.DISABLED) {
      asq = value;
    }
  }

  synchronized void writeAcq(long value) {
    if (state == State.DISABLED) {
      acq = value;
    }
  }

  synchronized void writeCc(int value) {
    if (closed()) {
      return;
    }
    int old = cc;
    cc = value;
    if ((value & CC_ENABLE) != 0 && (old & CC_ENABLE) == 0) {
      // While a reset is still under way, its end looks at CC again.
      if (state == State.DISABLED) {
        enable();
      }
    } else if ((value & CC_ENABLE) == 0 && (old & CC_ENABLE) != 0) {
      beginReset(hangs > 0);
    }
    if ((value & CC_SHN_MASK) != 0 && (old & CC_SHN_MASK) == 0) {
      beginShutdown();
    }
  }

  /** Resets as writing 0 to CC.EN does, takes all registers back, and waits until it is done. */
  synchronized void reset() {
    if (state == State.CLOSED) {
      return;
    }
    if (functionHangs || state == State.GONE) {
      throw new DeviceException(
          config.name() + ": no answer to a function reset" + (functionHangs ? "" : ": gone"));
    }
    cc = 0;
    if (hung) {
      hung = false;
      if (!engine.busy()) {
        finishReset();
      }
    } else {
      beginReset(false);
    }
    awaitWhile(() -> state == State.RESETTING);
    if (state == State.DISABLED) {
      aqa = 0;
      asq = 0;
      acq = 0;
    }
  }

  /** Stops all queues for good: after it, only work that is already with workers goes on. */
  synchronized boolean close() {
    if (state == State.CLOSED) {
      return false;
    }
    transition(State.CLOSED);
    // A device that is gone reads as all ones.
    csts = -1;
    queues.closeAll();
    notifyAll();
    return true;
  }

  synchronized boolean closed() {
    return state == State.CLOSED || state == State.GONE;
  }

  /** Turns fatal because it was told to. */
  synchronized void failByOrder() {
    if (state == State.READY) {
      transition(State.FAILED);
      csts |= CSTS_FATAL;
      queues.closeAll();
    }
  }

  /** Leaves the bus. */
  synchronized void vanish() {
    if (!closed()) {
      transition(State.GONE);
      csts = -1;
      queues.closeAll();
      notifyAll();
    }
  }

  /** Comes back to the bus, as after power-on. */
  synchronized void reappear() {
    awaitRest();
    if (state == State.GONE) {
      powerOn();
    }
  }

  /**
   * Loses power and has it back at once, so that the host sees no more of it than a controller that
   * is disabled.
   *
   * @param loss takes back what was not flushed; no work is under way then
   */
  synchronized void losePower(Runnable loss) {
    do {
      // Again after each wait: a reset by the host may have come in between, with new queues.
      queues.closeAll();
      awaitWhile(() -> !closed() && engine.busy());
      queues.closeAll();
    } while (!closed() && engine.busy());
    if (!closed()) {
      loss.run();
      powerOn();
    }
  }

  private void powerOn() {
    hung = false;
    cc = 0;
    aqa = 0;
    asq = 0;
    acq = 0;
    manualShutdown = null;
    admin.reset();
    engine.injector.reset();
    transition(State.DISABLED);
    csts = 0;
    notifyAll();
  }

  /** While gone: waits until work under way on workers has ended. */
  private void awaitRest() {
    awaitWhile(() -> state == State.GONE && engine.busy());
  }

  synchronized void hangResets(int count, boolean function) {
    hangs = count;
    functionHangs = function;
  }

  /** The caller counts on memory not being used any more: it does not let itself be interrupted. */
  private void awaitWhile(BooleanSupplier passing) {
    boolean interrupted = false;
    while (passing.getAsBoolean()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void idle() {
    if (state == State.RESETTING && !hung && !engine.busy()) {
      finishReset();
    } else {
      notifyAll();
    }
  }

  @Override
  public synchronized void fatal(String reason) {
    if (state == State.READY) {
      LOG.warn("{}: controller fatal status: {}", config.name(), reason);
      transition(State.FAILED);
      csts |= CSTS_FATAL;
    }
  }

  /** In manual mode: does a shutdown that is due. Returns 1 if there was one, or 0. */
  int work() {
    Shutdown shutdown;
    synchronized (this) {
      shutdown = manualShutdown;
      manualShutdown = null;
    }
    if (shutdown == null) {
      return 0;
    }
    shutdown.run();
    return 1;
  }

  /** CC.EN from 0 to 1 (7.6.1). A setting that cannot be served is a fatal error (3.1.6). */
  private void enable() {
    int pageSize = ControllerRegisters.ccPageSize(cc);
    String reason = refusal(pageSize);
    if (reason != null) {
      LOG.warn("{}: controller fatal status: {}", config.name(), reason);
      transition(State.FAILED);
      csts = CSTS_FATAL;
      return;
    }
    if (config.neverReady()) {
      transition(State.STARTING);
      return;
    }
    int submissionEntries = ControllerRegisters.aqaSubmissionEntries(aqa);
    int completionEntries = ControllerRegisters.aqaCompletionEntries(aqa);
    IommuRegion asqRegion = find(asq, submissionEntries * SubmissionEntry.SIZE);
    IommuRegion acqRegion = find(acq, completionEntries * CompletionEntry.SIZE);
    CompletionRing completions =
        new CompletionRing(
            0, completionEntries, acqRegion, acqRegion.offset(acq), interrupts[0], engine);
    queues.add(completions);
    queues.add(
        new SubmissionRing(
            0,
            submissionEntries,
            asqRegion,
            asqRegion.offset(asq),
            pageSize,
            completions,
            admin,
            engine));
    engine.allCommandSets = ControllerRegisters.ccCommandSet(cc) == IdentifyZoned.CSS_ALL;
    transition(State.READY);
    csts = CSTS_READY;
  }

  /** Why the controller cannot start with the registers as they are, or null. */
  private String refusal(int pageSize) {
    if (pageSize < ControllerRegisters.capMinPageSize(cap)
        || pageSize > ControllerRegisters.capMaxPageSize(cap)) {
      return "memory page size " + pageSize + " (CC.MPS)";
    }
    int commandSet = ControllerRegisters.ccCommandSet(cc);
    if (commandSet != ControllerRegisters.CSS_NVM
        && (commandSet != IdentifyZoned.CSS_ALL
            || (ControllerRegisters.capCommandSets(cap) >>> commandSet & 1) == 0)) {
      return "command set " + commandSet + " (CC.CSS)";
    }
    if ((cc >>> 11 & 0x7) != 0) {
      return "arbitration mechanism " + (cc >>> 11 & 0x7) + " (CC.AMS)";
    }
    if (ControllerRegisters.ccSubmissionEntryExponent(cc) != SubmissionEntry.SIZE_EXPONENT
        || ControllerRegisters.ccCompletionEntryExponent(cc) != CompletionEntry.SIZE_EXPONENT) {
      return "entry sizes (CC.IOSQES, CC.IOCQES)";
    }
    int submissionEntries = ControllerRegisters.aqaSubmissionEntries(aqa);
    int completionEntries = ControllerRegisters.aqaCompletionEntries(aqa);
    if (submissionEntries < 2 || completionEntries < 2) {
      return "admin queue sizes " + submissionEntries + " and " + completionEntries + " (AQA)";
    }
    if (((asq | acq) & pageSize - 1) != 0) {
      return "admin queues not aligned to pages (ASQ, ACQ)";
    }
    if (find(asq, submissionEntries * SubmissionEntry.SIZE) == null
        || find(acq, completionEntries * CompletionEntry.SIZE) == null) {
      return "admin queues not in mapped memory (ASQ, ACQ)";
    }
    return null;
  }

  private IommuRegion find(long iova, int length) {
    return EmulatedIommu.find(engine.iommu.regions(), iova, length);
  }

  /** CC.EN from 1 to 0: a controller reset (7.3.2). */
  private void beginReset(boolean hang) {
    if (state == State.RESETTING) {
      return;
    }
    transition(State.RESETTING);
    queues.closeAll();
    if (hang) {
      hangs--;
      hung = true;
    } else if (!engine.busy()) {
      finishReset();
    }
  }

  /** Nobody touches host memory any more. */
  private void finishReset() {
    admin.reset();
    engine.injector.reset();
    transition(State.DISABLED);
    csts = 0;
    notifyAll();
    if ((cc & CC_ENABLE) != 0) {
      enable();
    }
  }

  private void beginShutdown() {
    if (state == State.RESETTING) {
      return;
    }
    csts = csts & ~CSTS_SHST_MASK | CSTS_SHST_OCCURRING;
    Shutdown shutdown = new Shutdown();
    if (engine.manual()) {
      manualShutdown = shutdown;
    } else {
      engine.workStarted();
      engine.pool.submit(shutdown);
    }
  }

  private synchronized void endShutdown() {
    // Unless a reset has come meanwhile and taken the status back.
    if ((csts & CSTS_SHST_MASK) == CSTS_SHST_OCCURRING && !closed()) {
      csts = csts & ~CSTS_SHST_MASK | CSTS_SHST_COMPLETE;
    }
  }

  private void transition(State to) {
    boolean legal =
        switch (to) {
          case STARTING, READY -> state == State.DISABLED;
          case DISABLED -> state != State.CLOSED;
          case FAILED -> state == State.DISABLED || state == State.READY;
          case RESETTING, CLOSED, GONE -> state != State.CLOSED;
        };
    if (!legal) {
      throw new IllegalStateException(config.name() + ": " + state + " to " + to);
    }
    LOG.debug("{}: {} to {}", config.name(), state, to);
    state = to;
  }

  /** Brings all stores to rest after CC.SHN was written (7.6.2). */
  private final class Shutdown extends WorkItem {
    @Override
    void run() {
      for (Namespace namespace : namespaces.all()) {
        if (namespace == null) {
          continue;
        }
        int status = namespace.flush();
        if (status != 0) {
          LOG.error(
              "{}: namespace {} could not be flushed at shutdown", config.name(), namespace.nsid);
        }
      }
      endShutdown();
      if (!engine.manual()) {
        engine.workEnded();
      }
    }

    @Override
    void synced(int status) {
      // Flushes for itself, and joins no group.
    }
  }
}
