package dev.doorbell.service.metrics;

import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.http.HttpCounters;
import dev.doorbell.service.loop.LoopCounters;
import java.util.List;

/**
 * The counters of one event loop.
 *
 * @param loop its number, from 0
 * @param queues its queue pair on each controller
 */
public record LoopMetrics(
    int loop,
    LoopCounters counters,
    HttpCounters http,
    List<QueueOf> queues,
    List<BlockDevice> devices) {
  /** A queue pair and the controller it belongs to. */
  public record QueueOf(String controller, IoQueue queue) {}
}
