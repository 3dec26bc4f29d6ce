package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The faults an emulated controller is told to have: of single commands by rules, and of the
 * controller as a whole.
 *
 * <p>Without rules the queues do not even look in here. For any thread; its lock comes after those
 * of the queues. Chance is a sequence of its own, so that the same seed and the same commands bring
 * the same faults.
 */
public final class Faults {
  /** No rule matches. */
  static final int NONE = -10;

  private final Engine engine;
  private final Lifecycle lifecycle;
  private final NamespaceTable namespaces;
  private final String name;
  private final List<FaultRule> rules = new ArrayList<>();
  private final List<long[]> left = new ArrayList<>();
  private final PriorityQueue<Late> late = new PriorityQueue<>();
  private Random random = new Random(0);
  private LongSupplier nanoTime = System::nanoTime;
  private long sequence;
  private ScheduledExecutorService timer;
  private Thread timerThread;
  private boolean closed;

  /** A completion that comes late. */
  private record Late(long due, long sequence, CompletionRing ring, Command command)
      implements Comparable<Late> {
    @Override
    public int compareTo(Late other) {
      int byTime = Long.compare(due - other.due, 0);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  Faults(String name, Engine engine, Lifecycle lifecycle, NamespaceTable namespaces) {
    this.name = name;
    this.engine = engine;
    this.lifecycle = lifecycle;
    this.namespaces = namespaces;
  }

  /** Makes chance repeatable. */
  public synchronized void seed(long seed) {
    random = new Random(seed);
  }

  /**
   * Goes by another clock than the system's; in {@link ProcessingMode#MANUAL} only, where late
   * completions come with {@link EmulatedController#doWork}.
   */
  public synchronized void useClock(LongSupplier clock) {
    if (!engine.manual()) {
      throw new IllegalStateException("a clock of one's own is for manual mode");
    }
    nanoTime = clock;
  }

  /** Adds a rule; of several that match, the first added counts. */
  public synchronized void add(FaultRule rule) {
    rules.add(rule);
    left.add(new long[] {rule.count() == 0 ? Long.MAX_VALUE : rule.count()});
    engine.faults = this;
  }

  /** Takes all rules back, and resets no longer hang. What is late stays late. */
  public void clear() {
    synchronized (this) {
      rules.clear();
      left.clear();
      engine.faults = null;
    }
    lifecycle.hangResets(0, false);
  }

  /** How many rules there are; one whose count is used up is gone. */
  public synchronized int rules() {
    return rules.size();
  }

  /** Sets CSTS.CFS and stops work: only a reset helps. */
  public void goFatal() {
    lifecycle.failByOrder();
  }

  /** Takes the device off the bus: registers read as all ones, nothing is done any more. */
  public void disappear() {
    lifecycle.vanish();
  }

  /** Puts the device back after {@link #disappear}: as after power-on. */
  public void comeBack() {
    lifecycle.reappear();
  }

  /**
   * Lets the next controller resets (CC.EN=0) hang: CSTS.RDY stays 1.
   *
   * @param count how many; 0 for none
   * @param function whether a function reset fails, too
   */
  public void hangResets(int count, boolean function) {
    lifecycle.hangResets(count, function);
  }

  /**
   * Takes power away and gives it back: what was not flushed is lost, the last such write is torn
   * at a block boundary, and the controller is disabled. Waits for work under way.
   *
   * @throws IllegalStateException if a namespace is not on a {@link PowerLossStore}, or is zoned
   *     without a metadata file
   */
  public void losePower() {
    for (Namespace namespace : namespaces.all()) {
      if (namespace != null && !(namespace.store instanceof PowerLossStore)) {
        throw new IllegalStateException(
            "%s: namespace %d cannot lose what was not flushed: its store keeps no undo record"
                .formatted(name, namespace.nsid));
      }
      if (namespace != null && namespace.zones != null && !namespace.zones.persistent()) {
        throw new IllegalStateException(
            "%s: namespace %d cannot lose power: it keeps the state of its zones in memory only"
                .formatted(name, namespace.nsid));
      }
    }
    lifecycle.losePower(this::loseUnflushed);
  }

  private void loseUnflushed() {
    for (Namespace namespace : namespaces.all()) {
      if (namespace != null && namespace.store instanceof PowerLossStore store) {
        int seed;
        synchronized (this) {
          seed = random.nextInt();
        }
        store.losePower(new Random(seed));
        if (namespace.zones != null) {
          namespace.zones.losePower();
        }
      }
    }
  }

  /**
   * Decides about a command that was just fetched. Holds the lock of its queue.
   *
   * @return a status to end it with, {@link CommandSet#RETAINED} to forget it, or {@link #NONE} to
   *     execute it; then the command knows what is to become of its completion
   */
  synchronized int onFetch(SubmissionRing ring, Command command, ByteBuffer sqe, int at) {
    for (int i = 0; i < rules.size(); i++) {
      FaultRule rule = rules.get(i);
      if (!matches(rule, ring.id, sqe, at)) {
        continue;
      }
      if (--left.get(i)[0] == 0) {
        rules.remove(i);
        left.remove(i);
        if (rules.isEmpty()) {
          engine.faults = null;
        }
      }
      return switch (rule.action()) {
        case FAIL -> rule.status();
        case SWALLOW -> CommandSet.RETAINED;
        default -> {
          command.fault = rule;
          yield NONE;
        }
      };
    }
    return NONE;
  }

  private boolean matches(FaultRule rule, int qid, ByteBuffer sqe, int at) {
    if (rule.queue() == FaultRule.ANY ? qid == 0 : qid != rule.queue()) {
      return false;
    }
    if (SubmissionEntry.fuse(sqe, at) != 0) {
      // Two that are one: not to be parted.
      return false;
    }
    int opcode = SubmissionEntry.opcode(sqe, at);
    if (rule.opcode() != FaultRule.ANY && rule.opcode() != opcode) {
      return false;
    }
    if (rule.limitedToBlocks()) {
      if (qid == 0 || opcode != NvmOpcode.READ && opcode != NvmOpcode.WRITE) {
        return false;
      }
      long first = SubmissionEntry.cdw10and11(sqe, at);
      long last = first + NvmOpcode.blocks(SubmissionEntry.cdw(sqe, at, 12)) - 1;
      if (last < rule.firstLba() || first > rule.lastLba()) {
        return false;
      }
    }
    return rule.probability() == 1 || random.nextDouble() < rule.probability();
  }

  /**
   * Does to a completion what was decided at its fetch. Holds the lock of {@code ring}.
   *
   * @return false if it is to be posted as usual after that
   */
  boolean onComplete(CompletionRing ring, Command command) {
    FaultRule rule = command.fault;
    command.fault = null;
    switch (rule.action()) {
      case DROP -> {
        command.queue.release(command);
        return true;
      }
      case DELAY, REORDER -> {
        postpone(ring, command, rule);
        return true;
      }
      case DUPLICATE -> {
        for (int i = 0; i < rule.copies(); i++) {
          ring.postCopy(command, 0, true);
        }
        return false;
      }
      case CORRUPT_CID -> {
        // The top bit: a driver that numbers the uses of a slot has no such command outstanding, so
        // that the fault is one that can be noticed.
        command.cid ^= 0x8000;
        return false;
      }
      case CORRUPT_STATUS -> {
        command.status = rule.status();
        return false;
      }
      case CORRUPT_PHASE -> {
        ring.postCopy(command, 1, true);
        command.queue.release(command);
        return true;
      }
      case REUSE_ENTRY -> {
        ring.postCopy(command, 0, false);
        command.queue.release(command);
        return true;
      }
      case FAIL, SWALLOW -> throw new AssertionError("ended at its fetch: " + rule);
    }
    return false;
  }

  private synchronized void postpone(CompletionRing ring, Command command, FaultRule rule) {
    long delay = rule.delayNanos();
    if (rule.action() == FaultRule.Action.REORDER && delay > 0) {
      delay = (long) (random.nextDouble() * delay);
    }
    late.add(new Late(nanoTime.getAsLong() + delay, sequence++, ring, command));
    if (!engine.manual() && !closed) {
      if (timer == null) {
        timer =
            Executors.newSingleThreadScheduledExecutor(
                task -> {
                  timerThread = new Thread(task, name + "-late");
                  timerThread.setDaemon(true);
                  return timerThread;
                });
      }
      timer.schedule(this::completeLate, delay, TimeUnit.NANOSECONDS);
    }
  }

  /** Posts completions whose time has come; holds no lock of a queue. Returns how many. */
  int completeLate() {
    int count = 0;
    for (Late next = takeDue(); next != null; next = takeDue()) {
      next.ring().completeLate(next.command());
      count++;
    }
    return count;
  }

  private synchronized Late takeDue() {
    Late first = late.peek();
    return first != null && first.due() - nanoTime.getAsLong() <= 0 ? late.poll() : null;
  }

  /** Ends a command whose completion is late at once; false if there is none. */
  boolean abort(int qid, int cid) {
    Late found = null;
    synchronized (this) {
      for (Late each : late) {
        if (each.command().queue.id == qid && each.command().cid == cid) {
          found = each;
        }
      }
      if (found == null || !late.remove(found)) {
        return false;
      }
    }
    found.command().status = Status.ABORT_REQUESTED;
    found.ring().completeLate(found.command());
    return true;
  }

  /** At a controller reset: what was late never comes. */
  synchronized void reset() {
    late.clear();
  }

  /** Ends the thread of late completions. */
  void close() {
    Thread ended;
    synchronized (this) {
      closed = true;
      ended = timerThread;
      if (timer != null) {
        timer.shutdownNow();
        timer = null;
      }
    }
    boolean interrupted = false;
    while (ended != null && ended.isAlive()) {
      try {
        // Soon: nothing it does waits for anything.
        ended.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
