package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.queue.QueueCounters;
import dev.doorbell.nvme.queue.TickClock;
import dev.doorbell.nvme.spec.ControllerRegisters;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a controller and its commands, and does what is needed when one fails: Abort, then a
 * controller reset, then giving the controller up (NVMe Base 1.4, 9.1).
 *
 * <p>{@link #doWork} is one round, one tick of the clock that timeouts go by; whoever calls it
 * gives the time. A round reads one register, and sends a message to each queue that has commands
 * outstanding; it waits only when something is wrong, and then within limits. For one thread.
 */
public final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  /** Rounds in which a command times out, about; so many looks are exact enough. */
  private static final int ROUNDS_PER_TIMEOUT = 16;

  private static final int MAX_TICK_MILLIS = 1000;

  private final Controller controller;
  private final Recovery recovery;
  private final String name;
  private final TickClock clock;
  private final ControllerCounters counters;
  private final int tickMillis;
  private final int limit;
  private final int grace;
  private final Map<QueueLink, Watch> watches = new HashMap<>();
  private volatile String resetWanted;
  private volatile long resetsEnded; // written by the one thread

  /** What is remembered of one queue from round to round. */
  private static final class Watch {
    private int aborting = QueueLink.NONE;
    private int abortedAt;
    private boolean refused;
    private long unknownSeen;
    private long completedSeen;
    private boolean unknownReported;
  }

  Supervisor(Controller controller, TickClock clock) {
    int timeoutMillis = controller.options().commandTimeoutMillis();
    this.controller = controller;
    this.recovery = new Recovery(controller);
    this.name = controller.name();
    this.clock = clock;
    this.counters = controller.counters();
    this.tickMillis = Math.max(1, Math.min(MAX_TICK_MILLIS, timeoutMillis / ROUNDS_PER_TIMEOUT));
    // One more: a command may be posted at the end of its first tick.
    this.limit = (timeoutMillis + tickMillis - 1) / tickMillis + 1;
    this.grace = Math.max(2, limit / 4);
  }

  /** How long a tick is to be, in milliseconds: how often {@link #doWork} is to be called. */
  public int tickMillis() {
    return tickMillis;
  }

  /** Asks for a controller reset in the next round; for any thread. */
  public void requestReset(String reason) {
    resetWanted = reason;
  }

  /**
   * One round. Does not throw: what goes wrong is logged and counted, and ends the controller at
   * worst.
   *
   * @return 1 if something had to be done about the controller, or 0
   */
  public int doWork() {
    clock.advance();
    if (controller.state() != ControllerState.LIVE) {
      return 0;
    }
    String fault = fault();
    if (controller.state() != ControllerState.LIVE) {
      return 1;
    }
    if (fault == null) {
      for (QueueLink link : controller.queues().links()) {
        fault = watch(link, watches.computeIfAbsent(link, l -> new Watch()));
        if (fault != null) {
          break;
        }
      }
    }
    if (fault == null) {
      return 0;
    }
    reset(fault);
    return 1;
  }

  /**
   * What is wrong with the controller as a whole, so that it must be reset; or null. Gone is gone.
   */
  private String fault() {
    int csts = controller.status();
    if (csts == Deadlines.GONE) {
      lose("the device is gone: its registers read all ones; check the slot or power");
      return null;
    }
    if (controller.device().removalRequested()) {
      lose("the system asks for the device, to remove it");
      return null;
    }
    if ((csts & ControllerRegisters.CSTS_FATAL) != 0) {
      counters.increment(ControllerCounter.FATAL_STATUSES);
      return "the controller reports a fatal error (CSTS.CFS, CSTS=0x%x)".formatted(csts);
    }
    if ((csts & ControllerRegisters.CSTS_READY) == 0) {
      counters.increment(ControllerCounter.LOST_STATES);
      return "the controller is not ready any more (CSTS=0x%x): it lost power, or somebody reset it"
          .formatted(csts);
    }
    if (controller.admin().unanswered()) {
      counters.increment(ControllerCounter.TIMEOUTS);
      return "an admin command had no answer";
    }
    String wanted = resetWanted;
    resetWanted = null;
    return wanted;
  }

  private void lose(String why) {
    counters.increment(ControllerCounter.REMOVALS);
    LOG.error("{}: {}", name, why);
    recovery.giveUp();
  }

  /** Resets that have ended, well or not; for any thread. */
  public long resetsEnded() {
    return resetsEnded;
  }

  private void reset(String why) {
    recovery.reset(why);
    resetsEnded = resetsEnded + 1;
    for (Map.Entry<QueueLink, Watch> each : watches.entrySet()) {
      each.getKey().takeOverdue();
      each.getValue().aborting = QueueLink.NONE;
    }
  }

  /** Looks after one queue. Returns why the controller must be reset, or null. */
  private String watch(QueueLink link, Watch watch) {
    if (stormy(link, watch)) {
      counters.increment(ControllerCounter.COMPLETION_STORMS);
      return "queue %d: a flood of completions that name no command"
          .formatted(link.handle().queue().id());
    }
    if (link.checking()) {
      // The owner is busy; nothing is late before it has looked.
      return null;
    }
    int cid = link.takeOverdue();
    if (cid == QueueLink.NONE) {
      watch.aborting = QueueLink.NONE;
    } else if (cid != watch.aborting) {
      String fault = abort(link, watch, cid);
      if (fault != null) {
        return fault;
      }
    } else if (watch.refused || clock.now() - watch.abortedAt >= grace) {
      return "queue %d: command 0x%04x did not end, nor could it be aborted"
          .formatted(link.handle().queue().id(), cid);
    }
    if (link.pair().inflight() > 0) {
      link.check(limit);
    }
    return null;
  }

  private String abort(QueueLink link, Watch watch, int cid) {
    int qid = link.handle().queue().id();
    counters.increment(ControllerCounter.TIMEOUTS);
    counters.increment(ControllerCounter.ABORTS);
    LOG.warn(
        "{}: queue {}: command 0x{} is outstanding for more than {} ms; aborting it",
        name,
        qid,
        Integer.toHexString(cid),
        (limit - 1) * tickMillis);
    try {
      watch.refused = !controller.admin().abort(qid, cid);
      if (watch.refused) {
        counters.increment(ControllerCounter.ABORTS_REFUSED);
      }
      watch.aborting = cid;
      watch.abortedAt = clock.now();
      return null;
    } catch (NvmeException e) {
      return e.getMessage();
    }
  }

  /** Counts what names no command, tells of the first, and tells whether it has become a flood. */
  private boolean stormy(QueueLink link, Watch watch) {
    QueueCounters of = link.pair().counters();
    long unknown = of.get(QueueCounter.UNKNOWN_COMPLETIONS);
    long completed = of.get(QueueCounter.COMPLETED);
    long more = unknown - watch.unknownSeen;
    long good = completed - watch.completedSeen;
    watch.unknownSeen = unknown;
    watch.completedSeen = completed;
    if (more > 0 && !watch.unknownReported) {
      watch.unknownReported = true;
      LOG.warn(
          "{}: queue {}: {} completions named no outstanding command and were ignored; further ones"
              + " are only counted",
          name,
          link.handle().queue().id(),
          more);
    }
    return more > link.pair().entries() && more > good;
  }
}
