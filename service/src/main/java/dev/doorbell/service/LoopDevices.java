package dev.doorbell.service;

import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockQueue;
import dev.doorbell.service.block.MemoryQueue;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.loop.LoopPoller;
import io.netty.channel.EventLoop;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * One loop's view of the namespaces that are served. Changed on the loop; what it has given out may
 * be read by any thread.
 */
final class LoopDevices {
  private final EventLoop loop;
  private final LoopPoller poller;
  private final Map<Drive, Access> access = new HashMap<>();
  private final Map<String, BlockDevice> byName = new ConcurrentHashMap<>();
  private final List<BlockDevice> served = new CopyOnWriteArrayList<>();

  /** Also of namespaces that have gone: requests to them may be under way, and they may return. */
  private final Map<BlockNamespace, BlockDevice> made = new HashMap<>();

  /** How the loop reaches a drive. */
  private record Access(BlockQueue queue, MemoryQueue memory) {}

  LoopDevices(EventLoop loop, LoopPoller poller) {
    this.loop = loop;
    this.poller = poller;
  }

  /** Says how the loop reaches a drive; once for each. */
  void add(Drive drive, BlockQueue queue, MemoryQueue memory) {
    access.put(drive, new Access(queue, memory));
  }

  /** By name; a view of what there is now. */
  Map<String, BlockDevice> byName() {
    return Collections.unmodifiableMap(byName);
  }

  /** A view of what there is now. */
  List<BlockDevice> all() {
    return Collections.unmodifiableList(served);
  }

  void execute(Consumer<LoopDevices> step) {
    loop.execute(() -> step.accept(this));
  }

  void attach(Drive drive, BlockNamespace namespace) {
    BlockDevice device =
        made.computeIfAbsent(
            namespace,
            n -> {
              Access to = access.get(drive);
              BlockDevice first = new BlockDevice(n, to.queue(), to.memory(), loop, poller::now);
              poller.beforeDoorbells(first::submitPending);
              return first;
            });
    if (byName.put(namespace.name(), device) != device) {
      served.add(device);
    }
  }

  void detach(BlockNamespace namespace) {
    BlockDevice device = made.get(namespace);
    if (device != null) {
      byName.remove(namespace.name(), device);
      served.remove(device);
    }
  }
}
