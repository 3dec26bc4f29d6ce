package dev.doorbell.service;

import dev.doorbell.dma.DmaArena;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.service.block.BlockQueue;
import dev.doorbell.service.block.ForwardingQueue;
import dev.doorbell.service.block.OwnQueue;
import dev.doorbell.service.config.DoorbellConfig;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * The queue pairs of one drive, and the loops that have claimed them. The first loops to come get
 * one each; those that find none left share those, in turns.
 */
final class DriveQueues {
  private final Queue<IoQueueHandle> free = new ArrayDeque<>();
  private final Queue<DmaArena> arenas = new ArrayDeque<>();
  private final List<Owned> owned = new ArrayList<>();
  private int sharing;

  private record Owned(IoQueueHandle handle, EventLoop loop) {}

  /**
   * What a loop uses.
   *
   * @param own the queue pair that it owns from here on, or null
   * @param arena for its buffers
   */
  record Claim(BlockQueue queue, IoQueueHandle own, DmaArena arena) {}

  /**
   * Creates the queue pairs, and the arenas of loops that will share.
   *
   * @param count queue pairs, 1 to the number of loops
   */
  DriveQueues(NvmeDrive nvme, int count, DoorbellConfig config) {
    int arenaBytes = (int) config.queue().dmaArena();
    for (int i = 0; i < count; i++) {
      free.add(nvme.openQueue(arenaBytes));
    }
    for (int i = count; i < config.loops(); i++) {
      arenas.add(nvme.openArena(arenaBytes));
    }
  }

  /** What {@code loop} is to use; called on that loop, once. */
  Claim claim(EventLoop loop) {
    IoQueueHandle handle = free.poll();
    if (handle != null) {
      owned.add(new Owned(handle, loop));
      return new Claim(new OwnQueue(handle.queue()), handle, handle.queue().arena());
    }
    Owned other = owned.get(sharing++ % owned.size());
    DmaArena arena = arenas.remove();
    arena.setOwner(Thread.currentThread());
    return new Claim(new ForwardingQueue(other.handle.queue(), other.loop, loop), null, arena);
  }
}
