package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.RegisteredBuffer;
import dev.doorbell.nvme.controller.Controller;
import dev.doorbell.nvme.controller.ControllerCounters;
import dev.doorbell.nvme.controller.ControllerInfo;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.ControllerLogs;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.controller.Features;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.controller.Passthrough;
import dev.doorbell.nvme.controller.Supervisor;
import dev.doorbell.nvme.queue.CommandLimits;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.NamespaceQueue;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An NVMe controller ready for I/O, and the device it lives on, whatever kind that is.
 *
 * <p>Methods may be called by any thread but an event loop: they block, within deadlines.
 */
public final class NvmeDrive implements AutoCloseable {
  private final Device device;
  private final Controller controller;
  private final Supervisor supervisor;
  private volatile Thread thread;
  private volatile boolean closed;

  private NvmeDrive(Device device, Controller controller) {
    this.device = device;
    this.controller = controller;
    this.supervisor = controller.newSupervisor();
  }

  /**
   * Brings up the controller on {@code device}, which the drive owns from here on: it is closed
   * with the drive, and also if this fails.
   *
   * @throws dev.doorbell.nvme.controller.NvmeException if the controller does not come up
   * @throws dev.doorbell.device.DeviceException if the system refuses interrupts
   * @throws dev.doorbell.dma.DmaException if memory cannot be mapped
   */
  public static NvmeDrive open(Device device, ControllerOptions options) {
    try {
      return new NvmeDrive(device, Controller.open(device, options));
    } catch (RuntimeException | Error e) {
      device.close();
      throw e;
    }
  }

  public ControllerInfo info() {
    return controller.info();
  }

  /** The active namespaces that can be served, in order of their NSID. */
  public List<NamespaceInfo> namespaces() {
    return controller.namespaces();
  }

  /**
   * One namespace.
   *
   * @param nsid 1 to FFFFFFFEh
   * @throws dev.doorbell.nvme.controller.NvmeException if it is not there, then it lists those that
   *     are; or if it cannot be served, for example because its blocks carry metadata
   */
  public NamespaceInfo namespace(long nsid) {
    return controller.namespace(nsid);
  }

  /**
   * Creates an I/O queue pair, owned by the calling thread until handed on by {@code setOwner}.
   *
   * @param arenaBytes memory for its buffers, a power of two from 4096
   * @throws dev.doorbell.nvme.controller.NvmeException if the controller refuses
   */
  public IoQueueHandle openQueue(int arenaBytes) {
    return controller.createIoQueue(arenaBytes);
  }

  /**
   * Names the thread that owns a queue: timeouts of its commands are noticed from here on, and a
   * reset stops and restarts the queue by messages to it.
   *
   * @param owner runs tasks on the owner thread, in order and soon
   */
  public void watch(IoQueueHandle handle, Executor owner) {
    controller.watch(handle, owner);
  }

  /**
   * One round of watching: health, timeouts, resets, removal. For one thread, that calls it every
   * {@link #superviseMillis}; {@link #startSupervisor} is such a thread. Waits only when something
   * is wrong, within limits.
   *
   * @return 1 if something was wrong with the controller, or 0
   */
  public int supervise() {
    int work = supervisor.doWork();
    if (controller.state() == ControllerState.FAILED && controller.unused()) {
      // Its memory is unmapped and its queues rest: whoever removes it may have it.
      device.close();
    }
    return work;
  }

  /** How often {@link #supervise} is to be called. */
  public int superviseMillis() {
    return supervisor.tickMillis();
  }

  /** Starts the controller's own thread, which supervises until {@link #close}. */
  public synchronized void startSupervisor() {
    if (thread == null && !closed) {
      thread = new Thread(this::run, info().name() + "-supervisor");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Asks for a controller reset in the next round; for any thread. */
  public void requestReset(String reason) {
    supervisor.requestReset(reason);
    Thread own = thread;
    if (own != null) {
      LockSupport.unpark(own);
    }
  }

  /**
   * Has the controller reset and waits until that has ended. Commands it has end with {@link
   * dev.doorbell.nvme.queue.HostStatus#OUTCOME_UNKNOWN}, those that wait for a slot go on
   * afterwards. Only where somebody supervises, as by {@link #startSupervisor}.
   *
   * @return the state afterwards: LIVE, or FAILED if it did not come back
   * @throws NvmeException if it has not ended after {@code millis}
   */
  public ControllerState reset(String reason, long millis) {
    long before = supervisor.resetsEnded();
    long start = System.nanoTime();
    requestReset(reason);
    while (supervisor.resetsEnded() == before && controller.state() != ControllerState.FAILED) {
      if (closed || System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(millis)) {
        throw new NvmeException(
            "%s: the reset has not ended within %d ms".formatted(info().name(), millis));
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
    }
    return controller.state();
  }

  public ControllerState state() {
    return controller.state();
  }

  /** What went wrong with the controller so far; for any thread. */
  public ControllerCounters faults() {
    return controller.counters();
  }

  private void run() {
    long nanos = TimeUnit.MILLISECONDS.toNanos(superviseMillis());
    while (!closed) {
      LockSupport.parkNanos(this, nanos);
      if (!closed) {
        supervise();
      }
    }
  }

  /**
   * As {@link #openQueue}, for a thread that polls and never sleeps: the queue raises no interrupt,
   * and its handle has none.
   */
  public IoQueueHandle openPolledQueue(int arenaBytes) {
    return controller.createPolledIoQueue(arenaBytes);
  }

  /**
   * Maps an arena of buffers that every queue of this drive can use, until {@link #close}; owned by
   * the calling thread until handed on by {@code setOwner}.
   *
   * @param bytes a power of two from 4096
   * @throws dev.doorbell.dma.DmaException if memory cannot be mapped
   */
  public DmaArena openArena(int bytes) {
    return controller.createArena(bytes);
  }

  /**
   * Lets the drive reach memory of the caller, so that its transfers are not copied; until {@link
   * RegisteredBuffer#unregister}, which must come before {@link #close}.
   *
   * @param buffer direct; begins and ends at multiples of 4096
   * @throws IllegalArgumentException if it is not so
   * @throws dev.doorbell.dma.DmaException if memory cannot be mapped
   */
  public RegisteredBuffer register(ByteBuffer buffer) {
    return RegisteredBuffer.register(device.dma(), buffer);
  }

  /**
   * All commands for one namespace on a queue, in requests of any size.
   *
   * @throws dev.doorbell.nvme.controller.NvmeException as {@link #namespace} does
   */
  public NamespaceQueue namespaceQueue(IoQueue queue, long nsid) {
    return new NamespaceQueue(queue, controller.limits(nsid));
  }

  /**
   * What the controller takes in one command for a namespace.
   *
   * @throws dev.doorbell.nvme.controller.NvmeException as {@link #namespace} does
   */
  public CommandLimits limits(long nsid) {
    return controller.limits(nsid);
  }

  /** Features, the volatile write cache among them. */
  public Features features() {
    return controller.features();
  }

  /** Log pages. */
  public ControllerLogs logs() {
    return controller.logs();
  }

  /**
   * Commands that the driver knows nothing of, for tools.
   *
   * @throws IllegalStateException unless the drive was opened with passthrough
   */
  public Passthrough passthrough() {
    return controller.passthrough();
  }

  /** Has {@code listener} told of what the controller reports by itself, by {@link #pollEvents}. */
  public void listen(ControllerListener listener) {
    controller.listen(listener);
  }

  /**
   * Deals with what the controller has reported by itself: namespaces that came, went or changed,
   * health warnings, errors. To be called now and then by one thread; costs a look at a queue when
   * there is nothing.
   *
   * @return how many events there were
   */
  public int pollEvents() {
    return controller.pollEvents();
  }

  /**
   * Shuts the controller down in order and closes the device. The threads that own its queues have
   * let go of them. Idempotent; does not throw.
   */
  @Override
  public void close() {
    Thread own;
    synchronized (this) {
      closed = true;
      own = thread;
      thread = null;
    }
    if (own != null) {
      LockSupport.unpark(own);
      join(own);
    }
    controller.close();
    device.close();
  }

  /** A reset under way has limits of its own; the device must not be closed under it. */
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
