package dev.doorbell.service.drive;

import dev.doorbell.device.Device;
import dev.doorbell.device.DeviceException;
import dev.doorbell.dma.DmaException;
import dev.doorbell.emulated.BlockStore;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.FileStore;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.NullStore;
import dev.doorbell.emulated.PowerLossStore;
import dev.doorbell.emulated.zoned.ZoneGeometry;
import dev.doorbell.emulated.zoned.Zones;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerChoices;
import dev.doorbell.nvme.controller.ControllerChoices.Cache;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockSettings;
import dev.doorbell.service.block.ErrorPolicy;
import dev.doorbell.service.block.WriteCacheMode;
import dev.doorbell.service.config.Backing;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.EmulatedDrive;
import dev.doorbell.service.config.VfioDrive;
import dev.doorbell.service.config.ZoneConfig;
import dev.doorbell.service.config.ZoneMetaPolicy;
import dev.doorbell.service.events.EventLog;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import dev.doorbell.vfio.VfioDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the drives of a configuration: all, or none. */
public final class DriveOpener {
  private static final Logger LOG = LoggerFactory.getLogger(DriveOpener.class);

  /** Mass storage, NVM, NVM Express: what an NVMe I/O controller says it is (PCI Code and ID). */
  private static final int NVME_CLASS = 0x010802;

  private final DoorbellConfig config;
  private final Vfio vfio;
  private final EventLog events;

  DriveOpener(DoorbellConfig config, Vfio vfio, EventLog events) {
    this.config = config;
    this.vfio = vfio;
    this.events = events;
  }

  /**
   * Opens every drive.
   *
   * @param events told of what the drives report, and of what becomes of them
   * @throws DeviceException if a device or image cannot be opened; says what to do
   * @throws NvmeException if a controller does not come up, or the namespace asked for cannot be
   *     served
   */
  public static List<Drive> openAll(DoorbellConfig config, EventLog events) {
    return new DriveOpener(config, Vfio.ofMachine(config.vfio().unsafeNoIommu()), events).openAll();
  }

  List<Drive> openAll() {
    List<Drive> drives = new ArrayList<>();
    try {
      for (dev.doorbell.service.config.Drive drive : config.drives()) {
        drives.add(drive instanceof VfioDrive real ? open(real) : open((EmulatedDrive) drive));
      }
      // Before the mapping of an arena is refused.
      requireLockableMemory(0);
      return drives;
    } catch (RuntimeException | Error e) {
      drives.forEach(Drive::close);
      if (e instanceof DmaException) {
        // It names what the one mapping that was refused would have taken, which is not all.
        requireLockableMemory(realDrives());
      }
      throw e;
    }
  }

  /**
   * Refuses too low a limit with the figure for all drives.
   *
   * @param closed drives whose controllers are not open
   */
  private void requireLockableMemory(long closed) {
    long queue = config.queue().dmaArena() + options("").ioQueueBytes();
    long bytes = realDrives() * config.loops() * queue + closed * ControllerOptions.adminBytes();
    if (bytes > 0) {
      vfio.requireLockable(bytes);
    }
  }

  private long realDrives() {
    return config.drives().stream().filter(VfioDrive.class::isInstance).count();
  }

  private Drive open(EmulatedDrive drive) {
    EmulatedController controller = emulate(drive);
    NvmeDrive nvme = open(drive.name(), controller);
    Optional<FaultInjection> faults =
        config.emulated().faultInjection()
            ? Optional.of(new FaultInjection(controller.faults()))
            : Optional.empty();
    return drive(nvme, nvme.namespaces(), true, false, faults);
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
      List<NamespaceInfo> one = List.of(nvme.namespace(drive.nsid()));
      return drive(nvme, one, false, device.unsafe(), Optional.empty());
    } catch (RuntimeException | Error e) {
      nvme.close();
      throw e;
    }
  }

  /**
   * A drive on a device that is open, with all of its namespaces; the drive owns the device.
   *
   * @throws NvmeException if the controller does not come up
   */
  public static Drive adopt(DoorbellConfig config, String name, Device device, EventLog events) {
    DriveOpener opener = new DriveOpener(config, null, events);
    NvmeDrive nvme = opener.open(name, device);
    return opener.drive(nvme, nvme.namespaces(), true, false, Optional.empty());
  }

  /**
   * @param all whether namespaces that come later are served as well
   */
  private Drive drive(
      NvmeDrive nvme,
      List<NamespaceInfo> served,
      boolean all,
      boolean unsafe,
      Optional<FaultInjection> faults) {
    DriveNamespaces namespaces = new DriveNamespaces(served, all, info -> namespace(nvme, info));
    DriveEvents reported = new DriveEvents(nvme, namespaces, events);
    reported.start();
    return new Drive(nvme, namespaces, reported, unsafe, faults);
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
    NvmeDrive nvme = NvmeDrive.open(device, options(name));
    nvme.startSupervisor();
    return nvme;
  }

  private ControllerOptions options(String name) {
    return new ControllerOptions(
            name,
            config.loops(),
            config.queue().entries(),
            ControllerOptions.DEFAULT_MAX_TRANSFER,
            config.queue().timeoutMs(),
            Waiting.SYSTEM)
        .with(
            ControllerChoices.DEFAULT
                .withPassthrough(config.api().passthrough())
                .withCache(noCache(config.block()) ? Cache.NONE : Cache.AS_IS));
  }

  /** Whether the drive's own cache is off, so that a write is durable when the drive ends it. */
  private static boolean noCache(DoorbellConfig.Block block) {
    return block.writeCache().equals("none");
  }

  private BlockNamespace namespace(NvmeDrive nvme, NamespaceInfo info) {
    String name = nvme.info().name() + "n" + Integer.toUnsignedString(info.id());
    return new BlockNamespace(
        name,
        nvme.info(),
        info,
        nvme.limits(Integer.toUnsignedLong(info.id())),
        config.queue().transfer(),
        settings(config.block()));
  }

  private static BlockSettings settings(DoorbellConfig.Block block) {
    return new BlockSettings(
        ErrorPolicy.valueOf(block.readErrors().toUpperCase(Locale.ROOT)),
        ErrorPolicy.valueOf(block.writeErrors().toUpperCase(Locale.ROOT)),
        noCache(block)
            ? WriteCacheMode.WRITEBACK
            : WriteCacheMode.valueOf(block.writeCache().toUpperCase(Locale.ROOT)),
        block.merge(),
        block.readOnly(),
        block.maxWaiting(),
        block.operationsPerSecond(),
        block.bytesPerSecond(),
        block.burstMs());
  }

  private EmulatedController emulate(EmulatedDrive drive) {
    EmulatedControllerConfig.Builder builder =
        EmulatedControllerConfig.builder(drive.name())
            .serialNumber("DOORBELL-" + drive.name().toUpperCase(Locale.ROOT));
    List<Runnable> opened = new ArrayList<>();
    try {
      for (dev.doorbell.service.config.NamespaceConfig namespace : drive.namespaces()) {
        BlockStore medium = open(namespace);
        BlockStore store =
            config.emulated().faultInjection()
                ? new PowerLossStore(medium, namespace.lbaSize())
                : medium;
        opened.add(store::close);
        Zones zones = namespace.zones() == null ? null : zones(namespace, medium);
        if (zones != null) {
          opened.add(zones::close);
        }
        builder.namespace(
            new NamespaceConfig(store, namespace.lbaSize(), namespace.readOnly(), zones));
      }
      return EmulatedController.open(builder.build());
    } catch (RuntimeException | Error e) {
      opened.forEach(Runnable::run);
      throw e;
    }
  }

  /** Zones of an image are kept beside it; the image's lock keeps other processes from both. */
  private Zones zones(dev.doorbell.service.config.NamespaceConfig namespace, BlockStore store) {
    ZoneConfig zones = namespace.zones();
    int blockSize = namespace.lbaSize();
    ZoneGeometry geometry =
        new ZoneGeometry(
            blockSize,
            (int) (namespace.size() / zones.zoneSize()),
            zones.zoneSize() / blockSize,
            zones.zoneCapacity() / blockSize,
            zones.maxOpen(),
            zones.maxActive(),
            zones.appendMax(),
            zones.extensionSize(),
            zones.offlineZones(),
            zones.readOnlyZones(),
            zones.crossZoneReads());
    if (!(namespace.backing() instanceof Backing.Image image)) {
      return Zones.inMemory(geometry);
    }
    return Zones.open(
        geometry,
        new Zones.Options(
            Zones.Options.beside(image.path()),
            namespace.readOnly(),
            config.zoneMeta() == ZoneMetaPolicy.REINITIALIZE,
            ((FileStore) store).holdsData()));
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
