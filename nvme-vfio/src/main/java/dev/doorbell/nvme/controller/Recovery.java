package dev.doorbell.nvme.controller;

import dev.doorbell.device.DeviceException;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.QueuePair;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Controller reset, and giving a controller up, while event loops own its I/O queues.
 *
 * <pre>
 *   queues stop ──► controller stops ──► queues end their commands ──► controller starts ──► queues go on
 *                        └─ nor by a function reset: memory is unmapped ──► queues end everything
 * </pre>
 *
 * <p>What a queue does is a message to its owner; the next step begins when all owners have
 * answered. Every wait has a limit.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /** How long the owner of a queue may take for a step: it may be in a collection of garbage. */
  private static final long OWNER_NANOS = 10_000_000_000L;

  private final Controller controller;
  private final String name;

  Recovery(Controller controller) {
    this.controller = controller;
    this.name = controller.name();
  }

  /**
   * Resets the controller and gives it its queues again (NVMe Base 1.4, 7.3.2 and 7.6.1). Commands
   * it has end with {@link HostStatus#OUTCOME_UNKNOWN}, once it can no longer reach their memory;
   * those that wait for a slot go on afterwards, unless their namespace has gone or has other
   * blocks: then they end with {@link HostStatus#NOT_SENT}. If it does not come back, it is given
   * up.
   */
  void reset(String why) {
    if (controller.state() != ControllerState.LIVE) {
      return;
    }
    controller.counters().increment(ControllerCounter.RESETS);
    LOG.warn("{}: controller reset: {}", name, why);
    // Before the lock: whoever waits for an answer may hold it.
    controller.admin().cancel();
    synchronized (controller) {
      if (controller.state() != ControllerState.LIVE) {
        return;
      }
      try {
        restart();
        LOG.info("{}: the controller is back", name);
      } catch (RuntimeException e) {
        controller.counters().increment(ControllerCounter.RESET_FAILURES);
        LOG.error("{}: the controller did not come back: {}", name, e.getMessage());
        giveUp();
      }
    }
  }

  private void restart() {
    controller.become(ControllerState.DISABLING);
    onQueues("stop", QueuePair::stop);
    controller.admin().stop();
    stopDevice();
    if (controller.bringUp().gone()) {
      throw new NvmeException("the device is gone: its registers read all ones");
    }
    controller.become(ControllerState.DISABLED);
    onQueues("end their commands", pair -> pair.abandon(HostStatus.OUTCOME_UNKNOWN));
    controller.admin().abandon();
    controller.enable();
    controller.admin().resume();
    controller.grantedQueues();
    controller.configure();
    controller.queues().restore();
    // A reset may have brought another firmware or format into effect.
    Set<Integer> otherBlocks = controller.reports().refresh();
    controller.become(ControllerState.LIVE);
    for (int nsid : otherBlocks) {
      onQueues("end what waits for namespace " + nsid, pair -> pair.endWaiting(nsid));
    }
    onQueues("go on", QueuePair::resume);
  }

  /**
   * Gives the controller up: it is kept from host memory, what it has ends with {@link
   * HostStatus#OUTCOME_UNKNOWN}, everything else with {@link HostStatus#NOT_SENT}. Does not throw.
   */
  void giveUp() {
    controller.admin().cancel();
    synchronized (controller) {
      ControllerState state = controller.state();
      if (state == ControllerState.CLOSED || state == ControllerState.FAILED) {
        return;
      }
      controller.become(ControllerState.FAILED);
      controller.quietly("stop", () -> onQueues("stop", QueuePair::stop));
      controller.quietly("stop", controller.admin()::stop);
      controller.quietly("disable", this::stopDevice);
      // Whatever it still does: it has no way to memory any more.
      controller.mappings().releaseFrom(0);
      controller.quietly("end of the admin queue", controller.admin()::close);
      controller.quietly(
          "end of commands",
          () -> {
            onQueues("end their commands", Recovery::end);
            controller.becomeUnused();
          });
    }
  }

  private static void end(QueuePair pair) {
    try {
      pair.abandon(HostStatus.OUTCOME_UNKNOWN);
    } finally {
      pair.die();
    }
  }

  /** Has the owner of every I/O queue do a step, and waits for all of them. */
  private void onQueues(String what, Consumer<QueuePair> step) {
    List<QueueLink> links = List.copyOf(controller.queues().links());
    List<CompletableFuture<Void>> steps = new ArrayList<>();
    links.forEach(link -> steps.add(link.send(step)));
    Waiting waiting = controller.options().waiting();
    long start = waiting.nanoTime().getAsLong();
    for (int i = 0; i < steps.size(); i++) {
      int qid = links.get(i).handle().queue().id();
      while (!steps.get(i).isDone()) {
        if (waiting.nanoTime().getAsLong() - start > OWNER_NANOS) {
          throw new NvmeException(
              "%s: the thread of queue %d did not %s within %d ms"
                  .formatted(name, qid, what, OWNER_NANOS / 1_000_000));
        }
        waiting.idle().run();
      }
      steps
          .get(i)
          .exceptionally(
              e -> {
                LOG.error("{}: queue {}: fault while asked to {}", name, qid, what, e);
                return null;
              });
    }
  }

  /**
   * Clears CC.EN; if that does not help, resets the function.
   *
   * @throws NvmeException if neither stops the controller
   */
  private void stopDevice() {
    try {
      controller.bringUp().forceDisable();
      return;
    } catch (NvmeException e) {
      LOG.warn("{}: could not be disabled, so the function is reset: {}", name, e.getMessage());
    }
    try {
      controller.device().reset();
    } catch (DeviceException e) {
      throw new NvmeException(name + ": function reset failed: " + e.getMessage());
    }
    controller.bringUp().forceDisable();
  }
}
