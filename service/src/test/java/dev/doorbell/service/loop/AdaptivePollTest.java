package dev.doorbell.service.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class AdaptivePollTest {
  @Test
  void growsFromFourMicrosecondsWhileCompletionsComeSoonAfterTheBudget() {
    AdaptivePoll poll = new AdaptivePoll(50_000, 2, 2);
    assertEquals(0, poll.budget());
    poll.waited(30_000);
    assertEquals(4_000, poll.budget());
    poll.waited(30_000);
    poll.waited(30_000);
    poll.waited(30_000);
    assertEquals(32_000, poll.budget());
    poll.waited(30_000);
    assertEquals(32_000, poll.budget(), "polling catches them now");
  }

  @Test
  void neverExceedsItsLimit() {
    AdaptivePoll poll = new AdaptivePoll(10_000, 4, 2);
    for (int i = 0; i < 5; i++) {
      poll.waited(10_000);
    }
    assertEquals(10_000, poll.budget());
  }

  @Test
  void shrinksWhenPollingWouldNotHaveCaughtIt() {
    AdaptivePoll poll = new AdaptivePoll(10_000, 2, 2);
    poll.waited(9_000);
    poll.waited(9_000);
    assertEquals(8_000, poll.budget());
    poll.waited(2_000_000);
    assertEquals(4_000, poll.budget());
  }

  @Test
  void dropsToNothingWithoutAShrinkFactor() {
    AdaptivePoll poll = new AdaptivePoll(10_000, 2, 0);
    poll.waited(9_000);
    poll.waited(2_000_000);
    assertEquals(0, poll.budget());
  }

  @Test
  void aLimitOfZeroNeverPolls() {
    AdaptivePoll poll = new AdaptivePoll(0, 2, 2);
    poll.waited(1);
    poll.waited(1_000_000);
    assertEquals(0, poll.budget());
  }
}
