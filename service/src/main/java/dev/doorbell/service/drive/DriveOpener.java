package dev.doorbell.service.drive;

import dev.doorbell.device.Device;
import dev.doorbell.device.DeviceException;
import dev.doorbell.emulated.BlockStore;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.NullStore;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.config.Backing;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.EmulatedDrive;
import dev.doorbell.service.config.VfioDrive;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import dev.doorbell.vfio.VfioDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the drives of a configuration: all, or none. */
public final class DriveOpener {
  private static final Logger LOG = LoggerFactory.getLogger(DriveOpener.class);

  /** Mass storage, NVM, NVM Express: what an NVMe I/O controller says it is (PCI Code and ID). */
  private static final int NVME_CLASS = 0x010802;

  private final DoorbellConfig config;
  private final Vfio vfio;

  DriveOpener(DoorbellConfig config, Vfio vfio) {
    this.config = config;
    this.vfio = vfio;
  }

  /**
   * Opens every drive.
   *
   * @throws DeviceException if a device or image cannot be opened; says what to do
   * @throws NvmeException if a controller does not come up, or the namespace asked for cannot be
   *     served
   */
  public static List<Drive> openAll(DoorbellConfig config) {
    return new DriveOpener(config, Vfio.ofMachine(config.vfio().unsafeNoIommu())).openAll();
  }

  List<Drive> openAll() {
    List<Drive> drives = new ArrayList<>();
    try {
      checkLockableMemory();
      for (dev.doorbell.service.config.Drive drive : config.drives()) {
        drives.add(drive instanceof VfioDrive real ? open(real) : open((EmulatedDrive) drive));
      }
      return drives;
    } catch (RuntimeException | Error e) {
      drives.forEach(d -> d.nvme().close());
      throw e;
    }
  }

  /** Before the first mapping is refused: with the figure for all of them. */
  private void checkLockableMemory() {
    long drives = config.drives().stream().filter(VfioDrive.class::isInstance).count();
    if (drives > 0) {
      vfio.requireLockable(drives * config.loops() * config.queue().dmaArena());
    }
  }

  private Drive open(EmulatedDrive drive) {
    NvmeDrive nvme = open(drive.name(), emulate(drive));
    List<BlockNamespace> namespaces =
        nvme.namespaces().stream().map(info -> namespace(nvme, info)).toList();
    return new Drive(nvme, namespaces, false);
  }

  private Drive open(VfioDrive drive) {
    checkClass(drive);
    VfioDevice device;
    try {
      device = vfio.open(drive.pciAddress());
    } catch (DeviceException e) {
      throw new DeviceException("drive " + drive.name() + ": " + e.getMessage(), e);
    }
    if (device.unsafe()) {
      LOG.warn(
          "drive {}: {} is driven WITHOUT AN IOMMU: a fault of the drive or its firmware can read"
              + " and overwrite all memory of this machine",
          drive.name(),
          drive.pciAddress());
    }
    NvmeDrive nvme = open(drive.name(), device);
    try {
      BlockNamespace namespace = namespace(nvme, nvme.namespace(drive.nsid()));
      return new Drive(nvme, List.of(namespace), device.unsafe());
    } catch (RuntimeException | Error e) {
      nvme.close();
      throw e;
    }
  }

  /** Before anything else: nobody shall be told to bind a network card to VFIO. */
  private void checkClass(VfioDrive drive) {
    PciAddress address = drive.pciAddress();
    int classCode = vfio.pci().classCode(address);
    if (vfio.pci().exists(address) && classCode != NVME_CLASS) {
      throw new DeviceException(
          ("drive %s: %s is not an NVMe controller (class code %06X, an NVMe controller has %06X);"
                  + " 'doorbell devices' lists those there are")
              .formatted(drive.name(), address, classCode, NVME_CLASS));
    }
  }

  /** Brings up the controller on a device, which the drive owns from here on. */
  private NvmeDrive open(String name, Device device) {
    return NvmeDrive.open(
        device,
        new ControllerOptions(
            name,
            config.loops(),
            config.queue().entries(),
            ControllerOptions.DEFAULT_MAX_TRANSFER,
            ControllerOptions.DEFAULT_COMMAND_TIMEOUT_MILLIS,
            Waiting.SYSTEM));
  }

  private BlockNamespace namespace(NvmeDrive nvme, NamespaceInfo info) {
    String name = nvme.info().name() + "n" + Integer.toUnsignedString(info.id());
    return new BlockNamespace(name, nvme.info(), info, config.queue().transfer());
  }

  private static EmulatedController emulate(EmulatedDrive drive) {
    EmulatedControllerConfig.Builder builder =
        EmulatedControllerConfig.builder(drive.name())
            .serialNumber("DOORBELL-" + drive.name().toUpperCase(Locale.ROOT));
    List<BlockStore> stores = new ArrayList<>();
    try {
      for (dev.doorbell.service.config.NamespaceConfig namespace : drive.namespaces()) {
        BlockStore store = open(namespace);
        stores.add(store);
        builder.namespace(new NamespaceConfig(store, namespace.lbaSize(), namespace.readOnly()));
      }
      return EmulatedController.open(builder.build());
    } catch (RuntimeException | Error e) {
      stores.forEach(BlockStore::close);
      throw e;
    }
  }

  private static BlockStore open(dev.doorbell.service.config.NamespaceConfig namespace) {
    if (namespace.backing() instanceof Backing.Image image) {
      return FileStore.open(
          new FileStore.Options(
              image.path(), namespace.size(), namespace.lbaSize(), namespace.readOnly()));
    }
    return namespace.backing() instanceof Backing.Memory
        ? new MemoryStore(namespace.size())
        : new NullStore(namespace.size());
  }
}
