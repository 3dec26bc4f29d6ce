package dev.doorbell.service;

import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.NotifySocket;
import dev.doorbell.service.loop.LoopPulse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that the service is ready, turns, and stops (sd_notify(3), sd_watchdog_enabled(3)).
 * Does nothing where nobody has asked for it. Safe for use by any thread.
 */
final class ServiceManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  /** Pulses within the watchdog's time: one may be late, or lost. */
  private static final int PULSES = 3;

  private final Consumer<String> socket;
  private final long watchdogMicros;
  private ScheduledExecutorService thread;
  private boolean failed;

  /**
   * @param socket takes messages, or null: nobody listens
   * @param watchdogMicros within which it wants to hear of the service, or 0: it does not
   */
  ServiceManager(Consumer<String> socket, long watchdogMicros) {
    this.socket = socket;
    this.watchdogMicros = socket == null ? 0 : watchdogMicros;
  }

  /** As the environment says; what is wrong with it is logged, and ignored. */
  static ServiceManager of(Map<String, String> environment, long pid) {
    String address = environment.get("NOTIFY_SOCKET");
    if (address == null || address.isEmpty()) {
      return new ServiceManager(null, 0);
    }
    try {
      NotifySocket socket = new NotifySocket(address);
      return new ServiceManager(socket::send, watchdogMicros(environment, pid));
    } catch (IllegalArgumentException e) {
      LOG.warn("NOTIFY_SOCKET: {}; the service manager will not be told", e.getMessage());
      return new ServiceManager(null, 0);
    }
  }

  /** The watchdog may be meant for another process, from which the variables were inherited. */
  private static long watchdogMicros(Map<String, String> environment, long pid) {
    String whose = environment.get("WATCHDOG_PID");
    if (whose != null && !whose.equals(Long.toString(pid))) {
      return 0;
    }
    String micros = environment.getOrDefault("WATCHDOG_USEC", "0");
    if (!micros.matches("\\d{1,18}")) {
      LOG.warn("WATCHDOG_USEC is '{}', not a number of microseconds; there is no watchdog", micros);
      return 0;
    }
    return Long.parseLong(micros);
  }

  /** The service takes requests; from now on the watchdog hears of loops that turn. */
  synchronized void ready(String status, LoopPulse pulse) {
    send("READY=1\nSTATUS=" + status);
    if (watchdogMicros == 0) {
      return;
    }
    long period = Math.max(1, watchdogMicros / PULSES);
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread t = new Thread(task, "doorbell-watchdog");
              t.setDaemon(true);
              return t;
            });
    thread.scheduleAtFixedRate(() -> beat(pulse, period), 0, period, TimeUnit.MICROSECONDS);
  }

  /**
   * The service ends: it may take as long as systemd allows, and its loops go one by one, so that
   * the watchdog is told no more but that it lives.
   */
  synchronized void stopping(String status) {
    send("STOPPING=1\nSTATUS=" + status);
    if (thread != null) {
      thread.shutdownNow();
      send("WATCHDOG_USEC=" + TimeUnit.HOURS.toMicros(2));
    }
  }

  private void beat(LoopPulse pulse, long periodMicros) {
    try {
      long millis = Math.max(1, TimeUnit.MICROSECONDS.toMillis(periodMicros) / 2);
      List<LoopPulse.Beat> beats = pulse.ask(millis).get();
      if (beats.stream().allMatch(LoopPulse.Beat::turning)) {
        send("WATCHDOG=1");
      } else {
        LOG.error(
            "event loops that do not turn: {}; the watchdog is not told",
            beats.stream()
                .filter(b -> !b.turning())
                .map(LoopPulse.Beat::name)
                .collect(Collectors.joining(", ")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.error("the event loops could not be asked", e);
    }
  }

  /** A manager that does not listen is no reason to fail; said once. */
  private synchronized void send(String message) {
    if (socket == null) {
      return;
    }
    try {
      socket.accept(message);
      failed = false;
    } catch (LinuxException e) {
      if (!failed) {
        LOG.warn("the service manager could not be told: {}", e.getMessage());
      }
      failed = true;
    }
  }

  @Override
  public synchronized void close() {
    if (thread != null) {
      thread.shutdownNow();
    }
  }
}
