package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.loop.LoopPoller;
import java.util.Map;

/**
 * What one event loop serves.
 *
 * @param devices the loop's view of each namespace, by name
 */
public record LoopBinding(
    LoopPoller poller,
    Map<String, BlockDevice> devices,
    HttpLimits limits,
    HttpCounters counters) {}
