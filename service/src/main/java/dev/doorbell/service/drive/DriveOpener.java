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
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.config.Backing;
import dev.doorbell.service.config.DoorbellConfig;
import dev.doorbell.service.config.EmulatedDrive;
import dev.doorbell.service.config.VfioDrive;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Opens the drives of a configuration: all, or none. */
public final class DriveOpener {
  private DriveOpener() {}

  /**
   * Opens every drive.
   *
   * @throws DeviceException if a device or image cannot be opened; says what to do
   * @throws dev.doorbell.nvme.controller.NvmeException if a controller does not come up
   */
  public static List<Drive> openAll(DoorbellConfig config) {
    List<Drive> drives = new ArrayList<>();
    try {
      for (dev.doorbell.service.config.Drive drive : config.drives()) {
        drives.add(open(config, drive));
      }
      return drives;
    } catch (RuntimeException | Error e) {
      drives.forEach(d -> d.nvme().close());
      throw e;
    }
  }

  private static Drive open(DoorbellConfig config, dev.doorbell.service.config.Drive drive) {
    Device device;
    if (drive instanceof EmulatedDrive emulated) {
      device = emulate(emulated);
    } else {
      VfioDrive vfio = (VfioDrive) drive;
      throw new DeviceException(
          "drive "
              + vfio.name()
              + ": this version drives emulated controllers only; nvme:// needs VFIO support");
    }
    return open(config, drive.name(), device);
  }

  /**
   * Brings up the controller on a device, which the drive owns from here on.
   *
   * @param name for example {@code nvme0}
   */
  static Drive open(DoorbellConfig config, String name, Device device) {
    DoorbellConfig.Queue queue = config.queue();
    NvmeDrive nvme =
        NvmeDrive.open(
            device,
            new ControllerOptions(
                name,
                config.loops(),
                queue.entries(),
                ControllerOptions.DEFAULT_MAX_TRANSFER,
                ControllerOptions.DEFAULT_COMMAND_TIMEOUT_MILLIS,
                Waiting.SYSTEM));
    List<BlockNamespace> namespaces =
        nvme.namespaces().stream()
            .map(
                info ->
                    new BlockNamespace(name + "n" + info.id(), nvme.info(), info, queue.transfer()))
            .toList();
    return new Drive(nvme, namespaces);
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
