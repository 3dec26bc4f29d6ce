package dev.doorbell.nvme;

import dev.doorbell.device.Device;
import dev.doorbell.nvme.controller.Controller;
import dev.doorbell.nvme.controller.ControllerInfo;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import java.util.List;

/**
 * An NVMe controller ready for I/O, and the device it lives on, whatever kind that is.
 *
 * <p>Methods may be called by any thread but an event loop: they block, within deadlines.
 */
public final class NvmeDrive implements AutoCloseable {
  private final Device device;
  private final Controller controller;

  private NvmeDrive(Device device, Controller controller) {
    this.device = device;
    this.controller = controller;
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
   * Shuts the controller down in order and closes the device. The threads that own its queues have
   * let go of them. Idempotent; does not throw.
   */
  @Override
  public void close() {
    controller.close();
    device.close();
  }
}
