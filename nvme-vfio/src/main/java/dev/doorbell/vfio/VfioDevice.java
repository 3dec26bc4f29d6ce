package dev.doorbell.vfio;

import dev.doorbell.device.Device;
import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaMapper;
import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PCI function behind VFIO.
 *
 * <p>Registers, DMA and the interrupts may be used by several threads; opening, {@link
 * #enableInterrupts}, {@link #reset} and {@link #close} are for one at a time.
 */
public final class VfioDevice implements Device {
  static final Logger LOG = LoggerFactory.getLogger(VfioDevice.class);

  private final PciAddress address;
  private final Handle handle;
  private final VfioDma dma;
  private final boolean noIommu;
  private final Refusals refusals;
  private final Runnable releaseGroup;
  private boolean resettable;
  private ConfigSpace config;
  private BarRegisters registers;
  private VfioInterrupts interrupts;
  private int irqKinds;
  private Optional<RemovalRequest> removal = Optional.empty();
  private boolean closed;

  private VfioDevice(
      PciAddress address,
      Handle handle,
      VfioDma dma,
      boolean noIommu,
      Refusals refusals,
      Runnable releaseGroup) {
    this.address = address;
    this.handle = handle;
    this.dma = dma;
    this.noIommu = noIommu;
    this.refusals = refusals;
    this.releaseGroup = releaseGroup;
  }

  /**
   * Opens a function of a group.
   *
   * @param releaseGroup called once, by {@link #close}; not if this fails
   * @throws DeviceException if it cannot be used; then it is closed again
   */
  static VfioDevice open(
      Kernel kernel,
      VfioGroup group,
      PciAddress address,
      boolean noIommu,
      Refusals refusals,
      Runnable releaseGroup) {
    VfioDevice device;
    try {
      device =
          new VfioDevice(
              address, group.openDevice(address), group.dma(), noIommu, refusals, releaseGroup);
    } catch (LinuxException e) {
      throw refusals.failed(e);
    }
    try {
      device.start(kernel);
      return device;
    } catch (LinuxException e) {
      device.release();
      throw refusals.failed(e);
    } catch (RuntimeException | Error e) {
      device.release();
      throw e;
    }
  }

  private void start(Kernel kernel) {
    checkInfo();
    RegionInfo configRegion = RegionInfo.of(handle, VfioAbi.CONFIG_REGION);
    RegionInfo bar0 = RegionInfo.of(handle, VfioAbi.BAR0_REGION);
    if (configRegion.size() < 64 || bar0.size() <= 0) {
      throw refusals.strange(
          "configuration space of %d bytes, BAR0 of %d bytes"
              .formatted(configRegion.size(), bar0.size()));
    }
    config = new ConfigSpace(handle, configRegion);
    Optional<MsixTable> msix = MsixTable.of(config);
    // Memory access first: a BAR that does not answer must not be touched.
    config.enableMemoryAndBusMaster();
    registers =
        BarRegisters.map(
            handle, bar0, bar0.mappableAreas(msix.filter(t -> t.bar() == 0), kernel.pageSize()));
    interrupts = new VfioInterrupts(kernel, handle, name(), msix);
    removal = RemovalRequest.route(kernel, handle, irqKinds);
    LOG.debug(
        "{}: BAR0 {} bytes{}, {} {} vectors{}",
        address,
        bar0.size(),
        registers.mapped(0) ? "" : " (not mapped: every access is a system call)",
        interrupts.vectors(),
        interrupts.kind(),
        resettable ? "" : ", no reset");
  }

  /** The kernel's description must be that of a PCI function, with all regions and interrupts. */
  private void checkInfo() {
    ByteBuffer info = VfioAbi.struct(VfioAbi.DEVICE_INFO_SIZE);
    handle.ioctl(Ioctl.VFIO_DEVICE_GET_INFO, info);
    int flags = info.getInt(VfioAbi.FLAGS);
    int regions = info.getInt(VfioAbi.DEVICE_REGIONS);
    int irqs = info.getInt(VfioAbi.DEVICE_IRQS);
    if ((flags & VfioAbi.DEVICE_PCI) == 0) {
      throw refusals.strange("not a PCI device (flags 0x%x)".formatted(flags));
    }
    if (regions <= VfioAbi.CONFIG_REGION) {
      throw refusals.strange(regions + " regions, the configuration space not among them");
    }
    if (irqs <= VfioAbi.MSIX_IRQ) {
      throw refusals.strange(irqs + " kinds of interrupts, MSI-X not among them");
    }
    irqKinds = irqs;
    resettable = (flags & VfioAbi.DEVICE_RESETTABLE) != 0;
  }

  @Override
  public String name() {
    return address.toString();
  }

  @Override
  public String transport() {
    return "vfio";
  }

  @Override
  public Registers registers() {
    return registers;
  }

  @Override
  public DmaMapper dma() {
    return dma;
  }

  /** Whether there is no IOMMU between this device and the memory of the machine. */
  public boolean unsafe() {
    return noIommu;
  }

  @Override
  public int interruptVectors() {
    return interrupts.vectors();
  }

  /** {@code MSI-X}, {@code MSI} or {@code INTx}. */
  public String interruptKind() {
    return interrupts.kind();
  }

  @Override
  public Interrupt[] enableInterrupts(int count) {
    return interrupts.enable(count);
  }

  @Override
  public boolean removalRequested() {
    return removal.isPresent() && removal.get().made();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The interrupts stay routed, the function may do DMA again.
   */
  @Override
  public void reset() {
    if (!resettable) {
      throw new DeviceException(address + ": the function offers no way to reset it");
    }
    try {
      handle.ioctl(Ioctl.VFIO_DEVICE_RESET, 0);
      config.enableMemoryAndBusMaster();
    } catch (LinuxException e) {
      throw new DeviceException(address + ": reset failed: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release();
      releaseGroup.run();
    }
  }

  /** In the order that lets nothing be used that is gone already; also after half an open. */
  private void release() {
    if (interrupts != null) {
      interrupts.disable();
    }
    if (config != null) {
      config.disableBusMaster();
    }
    if (registers != null) {
      registers.close();
    }
    handle.close();
    removal.ifPresent(RemovalRequest::close);
  }
}
