package dev.doorbell.service;

import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.MemoryQueue;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.drive.DriveNamespaces;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each event loop its own queue pair on every controller, as far as those are granted, and
 * its view of every namespace. A loop without one uses that of another, by messages.
 *
 * <p>The queue pairs are created beforehand, as that blocks; a loop takes one set when its verticle
 * starts.
 */
final class LoopFactory {
  private static final Logger LOG = LoggerFactory.getLogger(LoopFactory.class);

  private final DoorbellConfig config;
  private final PollingTransport transport;
  private final Metrics metrics;
  private final List<Drive> drives;
  private final List<DriveQueues> unclaimed = new ArrayList<>();
  private final List<LoopDevices> all = new ArrayList<>();
  private final Map<EventLoop, LoopBinding> bindings = new ConcurrentHashMap<>();
  private int claimed;

  /** Creates the queue pairs, as many as each controller grants and there are loops. */
  LoopFactory(
      DoorbellConfig config, PollingTransport transport, Metrics metrics, List<Drive> drives) {
    this.config = config;
    this.transport = transport;
    this.metrics = metrics;
    this.drives = drives;
    for (Drive drive : drives) {
      drive.all().observe(new Changes(drive));
      int own = Math.min(drive.nvme().info().ioQueues(), config.loops());
      if (own < config.loops()) {
        LOG.info(
            "drive {} grants {} queue pairs for {} event loops: the others send their commands to"
                + " the loops that have one",
            drive.name(),
            own,
            config.loops());
      }
      unclaimed.add(new DriveQueues(drive.nvme(), own, config));
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
    LoopDevices devices = new LoopDevices(loop, poller);
    List<LoopMetrics.QueueOf> queues = new ArrayList<>();
    for (int i = 0; i < drives.size(); i++) {
      Drive drive = drives.get(i);
      DriveQueues.Claim claim = unclaimed.get(i).claim(loop);
      if (claim.own() != null) {
        transport.attach((IoEventLoop) loop, claim.own().queue(), claim.own().interrupt());
        drive.nvme().watch(claim.own(), loop);
        queues.add(new LoopMetrics.QueueOf(drive.name(), claim.own().queue()));
      }
      MemoryQueue memory =
          new MemoryQueue(claim.arena(), loop, System::nanoTime, config.http().waitMs());
      poller.onTurn(memory::serve);
      devices.add(drive, claim.queue(), memory);
      drive.namespaces().forEach(n -> devices.attach(drive, n));
    }
    HttpLimits limits =
        new HttpLimits(
            config.queue().window(),
            config.http().unalignedWrites(),
            config.http().maxWrite(),
            config.http().maxBuffered(),
            config.http().connectionRequests(),
            config.http().connectionMemory(),
            config.http().waitMs());
    HttpCounters counters = new HttpCounters();
    metrics.add(new LoopMetrics(claimed++, poller.counters(), counters, queues, devices.all()));
    all.add(devices);
    return new LoopBinding(poller, devices.byName(), limits, counters);
  }

  /** Takes namespaces in, and out, that come and go; a loop bound meanwhile has them already. */
  private final class Changes implements DriveNamespaces.Observer {
    private final Drive drive;

    Changes(Drive drive) {
      this.drive = drive;
    }

    @Override
    public void attached(BlockNamespace namespace) {
      onLoops(devices -> devices.attach(drive, namespace));
    }

    @Override
    public void detached(BlockNamespace namespace) {
      onLoops(devices -> devices.detach(namespace));
    }
  }

  private synchronized void onLoops(Consumer<LoopDevices> step) {
    all.forEach(devices -> devices.execute(step));
  }
}
