package dev.doorbell.service.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Whether the event loops turn. An idle loop sleeps, so its counter tells nothing by itself: each
 * is asked to do a task, and has turned when that was done. Safe for use by any thread.
 */
public final class LoopPulse {
  private record Member(String name, Executor loop, LoopCounters counters) {}

  /**
   * What a loop did when it was asked.
   *
   * @param name of its thread
   * @param turns since it started
   * @param turning whether it did the task in time
   */
  public record Beat(String name, long turns, boolean turning) {}

  private final List<Member> members = new CopyOnWriteArrayList<>();

  /** Adds a loop. */
  public void add(String name, Executor loop, LoopCounters counters) {
    members.add(new Member(name, loop, counters));
  }

  /**
   * Asks all loops.
   *
   * @param millis how long they have, together
   * @return completes when all have answered or the time is over, in the order of {@link #add}
   */
  public CompletableFuture<List<Beat>> ask(long millis) {
    List<CompletableFuture<Beat>> asked = new ArrayList<>();
    for (Member member : members) {
      asked.add(ask(member, millis));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> asked.stream().map(CompletableFuture::join).toList());
  }

  private static CompletableFuture<Beat> ask(Member member, long millis) {
    CompletableFuture<Boolean> turned = new CompletableFuture<>();
    try {
      member.loop.execute(() -> turned.complete(true));
    } catch (RejectedExecutionException e) {
      turned.complete(false);
    }
    return turned
        .completeOnTimeout(false, millis, TimeUnit.MILLISECONDS)
        .thenApply(
            turning ->
                new Beat(member.name, member.counters.get(LoopCounters.Counter.TURNS), turning));
  }
}
