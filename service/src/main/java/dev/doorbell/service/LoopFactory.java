package dev.doorbell.service;

import dev.doorbell.device.DeviceException;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.MemoryQueue;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.http.HttpCounters;
import dev.doorbell.service.http.HttpLimits;
import dev.doorbell.service.http.LoopBinding;
import dev.doorbell.service.loop.LoopPoller;
import dev.doorbell.service.loop.PollingTransport;
import dev.doorbell.service.metrics.LoopMetrics;
import dev.doorbell.service.metrics.Metrics;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gives each event loop its own queue pair on every controller, and its view of every namespace.
 *
 * <p>The queue pairs are created beforehand, as that blocks; a loop takes one set when its verticle
 * starts.
 */
final class LoopFactory {
  private final DoorbellConfig config;
  private final PollingTransport transport;
  private final Metrics metrics;
  private final List<Drive> drives;
  private final List<Queue<IoQueueHandle>> unclaimed = new ArrayList<>();
  private final Map<EventLoop, LoopBinding> bindings = new ConcurrentHashMap<>();
  private int claimed;

  /**
   * Creates the queue pairs.
   *
   * @throws DeviceException if a controller grants fewer than there are loops
   */
  LoopFactory(
      DoorbellConfig config, PollingTransport transport, Metrics metrics, List<Drive> drives) {
    this.config = config;
    this.transport = transport;
    this.metrics = metrics;
    this.drives = drives;
    for (Drive drive : drives) {
      int granted = drive.nvme().info().ioQueues();
      if (granted < config.loops()) {
        throw new DeviceException(
            "drive %s grants %d queue pairs, and each of the %d event loops needs one; set loops to %d"
                .formatted(drive.name(), granted, config.loops(), granted));
      }
      Queue<IoQueueHandle> handles = new ArrayDeque<>();
      for (int i = 0; i < config.loops(); i++) {
        handles.add(drive.nvme().openQueue((int) config.queue().dmaArena()));
      }
      unclaimed.add(handles);
    }
  }

  /** What the loop of {@code context} serves; called on that loop, made by the first call. */
  LoopBinding bind(ContextInternal context) {
    return bindings.computeIfAbsent(context.nettyEventLoop(), this::create);
  }

  /** The loops that are bound. */
  Iterable<Map.Entry<EventLoop, LoopBinding>> bindings() {
    return bindings.entrySet();
  }

  private synchronized LoopBinding create(EventLoop loop) {
    LoopPoller poller = transport.poller(loop);
    Map<String, BlockDevice> devices = new HashMap<>();
    List<LoopMetrics.QueueOf> queues = new ArrayList<>();
    for (int i = 0; i < drives.size(); i++) {
      Drive drive = drives.get(i);
      IoQueueHandle handle = unclaimed.get(i).remove();
      transport.attach((IoEventLoop) loop, handle.queue(), handle.interrupt());
      queues.add(new LoopMetrics.QueueOf(drive.name(), handle.queue()));
      MemoryQueue memory =
          new MemoryQueue(handle.queue().arena(), loop, System::nanoTime, config.http().waitMs());
      poller.onTurn(memory::serve);
      for (BlockNamespace namespace : drive.namespaces()) {
        devices.put(
            namespace.name(),
            new BlockDevice(namespace, handle.queue(), memory, loop, poller::now));
      }
    }
    HttpLimits limits =
        new HttpLimits(
            config.queue().window(),
            config.http().unalignedWrites(),
            config.http().maxWrite(),
            config.http().idleTimeoutSeconds());
    HttpCounters counters = new HttpCounters();
    metrics.add(
        new LoopMetrics(
            claimed++, poller.counters(), counters, queues, List.copyOf(devices.values())));
    return new LoopBinding(poller, Map.copyOf(devices), limits, counters);
  }
}
