package dev.doorbell.service.http;

import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.events.EventLog;
import dev.doorbell.service.loop.LoopPulse;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What every loop's front end shares: the drives, what happens to them, and whether the service
 * takes work. Safe for use by any thread.
 */
public final class ServiceState {
  private static final int EVENTS_KEPT = 1024;
  private static final int MOST_FOLLOWERS = 64;

  private final List<Drive> drives;
  private final EventLog events;
  private final ApiRules rules;
  private final LoopPulse pulse = new LoopPulse();
  private final IdempotencyStore idempotency = new IdempotencyStore();
  private final ContractLoading.Shared contract = new ContractLoading.Shared();
  private final Set<Drive> resetting = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /**
   * @param events that drives tell of
   */
  public ServiceState(List<Drive> drives, EventLog events, ApiRules rules) {
    this.drives = List.copyOf(drives);
    this.events = events;
    this.rules = rules;
  }

  /** With the ordinary rules, and nothing that tells of events. */
  public ServiceState(List<Drive> drives) {
    this(drives, newEventLog(), ApiRules.PLAIN);
  }

  /** A log for the events of one service. */
  public static EventLog newEventLog() {
    return new EventLog(Clock.systemUTC(), EVENTS_KEPT, MOST_FOLLOWERS);
  }

  public List<Drive> drives() {
    return drives;
  }

  public ApiRules rules() {
    return rules;
  }

  /** What happens, and has happened lately. */
  public EventLog events() {
    return events;
  }

  /** Whether the loops turn; each is added when it starts. */
  public LoopPulse pulse() {
    return pulse;
  }

  /** Answers to requests that may come again. */
  IdempotencyStore idempotency() {
    return idempotency;
  }

  /** What requests are routed and checked by. */
  ContractLoading.Shared contract() {
    return contract;
  }

  /** Drives that a client is having reset. */
  Set<Drive> resetting() {
    return resetting;
  }

  /** From now on the service is not ready: it finishes what it has begun. */
  public void drain() {
    draining = true;
    // Streams that last for ever would hold up the end.
    events.end();
  }

  public boolean draining() {
    return draining;
  }
}
