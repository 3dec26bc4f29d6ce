package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.AsyncEvent;
import dev.doorbell.nvme.spec.ChangedZones;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.LogPage;
import dev.doorbell.nvme.spec.Status;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps Asynchronous Event Requests with the controller and deals with what they bring (NVMe Base
 * 1.4, 5.2): the log page that an event names is read, which lets the next one come, and the
 * request is sent again.
 */
final class ControllerEvents {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerEvents.class);

  /** Requests kept with the controller, if it takes as many: one for each type of event. */
  private static final int MAX_REQUESTS = 4;

  /** What an event is for. */
  interface Handler {
    void namespacesChanged();

    void health(Health health);

    void error(int information);

    void zonesChanged();
  }

  private final String name;
  private final AdminQueue admin;
  private final Features features;
  private final ControllerLogs logs;
  private final Handler handler;
  private final int configuration;
  private final List<Request> requests = new ArrayList<>();

  /** Events to deal with; filled and emptied under the lock of the admin queue. */
  private final Queue<Request> ended = new ArrayDeque<>();

  ControllerEvents(
      String name,
      AdminQueue admin,
      Features features,
      ControllerLogs logs,
      ByteBuffer identity,
      Handler handler) {
    this.name = name;
    this.admin = admin;
    this.features = features;
    this.logs = logs;
    this.handler = handler;
    this.configuration =
        AsyncEvent.CONFIG_CRITICAL_WARNINGS
            | IdentifyController.optionalEvents(identity, 0)
                & (AsyncEvent.CONFIG_NAMESPACE_NOTICES | ChangedZones.EVENT_CONFIGURATION);
    int count = Math.min(MAX_REQUESTS, IdentifyController.asyncEventLimit(identity, 0));
    for (int i = 0; i < count; i++) {
      requests.add(new Request());
    }
  }

  /** Says which events are wanted, and sends the requests; after every enable. */
  void configure() {
    try {
      features.set(Feature.ASYNC_EVENT_CONFIGURATION, 0, configuration);
    } catch (NvmeException e) {
      if (!Status.isError(e.status())) {
        throw e;
      }
      LOG.warn("{}; what the controller reports by itself may be missed", e.getMessage());
    }
    synchronized (admin) {
      ended.clear();
      for (Request request : requests) {
        if (!request.outstanding) {
          send(request);
        }
      }
    }
  }

  /**
   * Deals with the events that have come.
   *
   * @return how many
   */
  int poll() {
    admin.poll();
    int count = 0;
    for (Request request = next(); request != null; request = next()) {
      count++;
      try {
        handle(request.event);
      } catch (NvmeException e) {
        LOG.warn("{}: event 0x{}: {}", name, Integer.toHexString(request.event), e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("{}: a listener failed at event 0x{}", name, request.event, e);
      }
      synchronized (admin) {
        if (!request.outstanding) {
          try {
            send(request);
          } catch (NvmeException e) {
            // A reset under way, whose end sends all of them.
            LOG.debug("{}", e.getMessage());
          }
        }
      }
    }
    return count;
  }

  private Request next() {
    synchronized (admin) {
      return ended.poll();
    }
  }

  private void send(Request request) {
    request.prepare(AdminOpcode.ASYNC_EVENT_REQUEST, 0, 0, 0, 0);
    admin.submit(request);
    request.outstanding = true;
  }

  private void handle(int event) {
    int page = AsyncEvent.logPage(event);
    switch (AsyncEvent.type(event)) {
      case AsyncEvent.TYPE_NOTICE -> {
        if (AsyncEvent.information(event) == AsyncEvent.NOTICE_NAMESPACE_CHANGED) {
          // First the list, then the namespaces: what changes in between is told again.
          logs.takeChangedNamespaces();
          handler.namespacesChanged();
        } else if (AsyncEvent.information(event) == ChangedZones.EVENT_INFORMATION) {
          handler.zonesChanged();
        } else {
          acknowledge(page);
        }
      }
      case AsyncEvent.TYPE_HEALTH -> handler.health(logs.health());
      case AsyncEvent.TYPE_ERROR -> {
        acknowledge(LogPage.ERROR_INFORMATION);
        handler.error(AsyncEvent.information(event));
      }
      default -> acknowledge(page);
    }
  }

  private void acknowledge(int page) {
    if (page != 0) {
      logs.read(page, 0, LogPage.ERROR_ENTRY_SIZE, false);
    }
  }

  private final class Request extends Command {
    private boolean outstanding;
    private int event;

    /** Under the lock of the admin queue. One that fails is sent again by the next configure. */
    @Override
    protected void completed(int status, long result) {
      outstanding = false;
      if (status == Status.SUCCESS) {
        event = (int) result;
        ended.add(this);
      }
    }
  }
}
