package dev.doorbell.service.events;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The latest events, and who wants to hear of new ones. Safe for use by any thread; events are
 * rare, so that a lock does.
 */
public final class EventLog {
  /** Somebody who follows the events. */
  public interface Follower {
    /** Called in the order of the events, by any thread; must neither block nor throw. */
    void happened(Event event);

    /** The service ends: no more will come. As {@link #happened}. */
    void ended();
  }

  /**
   * What somebody who begins to follow has missed.
   *
   * @param events that are still known, in order
   * @param lost how many there were before those, after the one last seen
   */
  public record Missed(List<Event> events, long lost) {}

  private final Clock clock;
  private final int capacity;
  private final int mostFollowers;
  private final ArrayDeque<Event> latest = new ArrayDeque<>(); // guarded by this
  private final List<Follower> followers = new ArrayList<>(); // guarded by this
  private long last; // guarded by this
  private boolean ended; // guarded by this

  /**
   * @param capacity events that are kept
   * @param mostFollowers at once
   */
  public EventLog(Clock clock, int capacity, int mostFollowers) {
    this.clock = clock;
    this.capacity = capacity;
    this.mostFollowers = mostFollowers;
  }

  /** Tells that something has happened; members are names and values in turn. */
  public synchronized void happened(String type, Object... members) {
    if (ended) {
      return;
    }
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < members.length; i += 2) {
      named.put((String) members[i], members[i + 1]);
    }
    Event event = new Event(++last, clock.instant(), type, named);
    if (latest.size() == capacity) {
      latest.remove();
    }
    latest.add(event);
    followers.forEach(f -> f.happened(event));
  }

  /**
   * Begins to tell {@code follower}; of what happens after this call, it hears all.
   *
   * @param seen the number of the last event that it knows of; 0 for none, −1 for only new ones
   * @return null if there are too many followers, or the service ends
   */
  public synchronized Missed follow(Follower follower, long seen) {
    if (ended || followers.size() == mostFollowers) {
      return null;
    }
    followers.add(follower);
    List<Event> missed = new ArrayList<>();
    long known = seen < 0 ? last : seen;
    for (Event event : latest) {
      if (event.number() > known) {
        missed.add(event);
      }
    }
    return new Missed(missed, Math.max(0, last - known - missed.size()));
  }

  /** Stops telling {@code follower}. */
  public synchronized void leave(Follower follower) {
    followers.remove(follower);
  }

  /** The end: followers are told, and no more come. */
  public synchronized void end() {
    if (!ended) {
      ended = true;
      followers.forEach(Follower::ended);
      followers.clear();
    }
  }
}
