package dev.doorbell.vfio;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Why a function cannot be had, each with what to do about it. */
final class Refusals {
  private final PciAddress address;

  Refusals(PciAddress address) {
    this.address = address;
  }

  DeviceException noSuchDevice() {
    return refusal("no such PCI function; 'doorbell devices' lists what there is");
  }

  DeviceException noIommu() {
    return refusal(
        "it is in no IOMMU group: the machine has no IOMMU, or it is off; turn it on in the"
            + " firmware (VT-d or AMD-Vi) and boot the kernel with intel_iommu=on or amd_iommu=on");
  }

  DeviceException noIommuMode() {
    return refusal(
        "there is no IOMMU and no no-IOMMU group; run: modprobe vfio"
            + " enable_unsafe_noiommu_mode=1, then "
            + bindCommand());
  }

  /**
   * @param driver that it is bound to; empty if none
   */
  DeviceException notBound(Optional<String> driver) {
    return refusal(
        (driver.isPresent()
                ? "it belongs to the kernel driver " + driver.get()
                : "it is bound to no driver")
            + "; give it to VFIO: "
            + bindCommand());
  }

  DeviceException notViable(IommuGroup group) {
    List<IommuGroup.Member> blockers = group.blockers();
    String others =
        blockers.isEmpty()
            ? "the kernel does not say which of "
                + group.members()
                + " is in the way; bind all of them to vfio-pci"
            : "these have drivers of their own: "
                + blockers.stream().map(Object::toString).collect(Collectors.joining(", "))
                + "; unbind them, or give them to VFIO too: "
                + blockers.stream()
                    .map(m -> bindCommand(m.name()))
                    .collect(Collectors.joining("; "));
    return refusal(
        "IOMMU group "
            + group.number()
            + " is not viable, all its members must be free: "
            + others);
  }

  DeviceException cannotOpen(LinuxException e, List<String> users) {
    String path = e.subject();
    return switch (e.errno()) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
          refusal(path + " is not there; run: modprobe vfio-pci && " + bindCommand(), e);
      case Errno.EACCES, Errno.EPERM ->
          refusal(
              "no permission to open "
                  + path
                  + "; give it to a group this user is in, by a udev rule such as"
                  + " SUBSYSTEM==\"vfio\", GROUP=\"vfio\", MODE=\"0660\" (or now: chgrp vfio "
                  + path
                  + "; chmod 660 "
                  + path
                  + ")",
              e);
      case Errno.EBUSY ->
          refusal(
              "already in use: another process holds "
                  + path
                  + (users.isEmpty() ? "" : ": " + String.join(", ", users))
                  + "; stop it first",
              e);
      default -> refusal(e.getMessage(), e);
    };
  }

  DeviceException openHere() {
    return refusal("already in use: by this process");
  }

  DeviceException cannotTranslate(LinuxException e) {
    if (e.errno() == Errno.EPERM) {
      return refusal(
          "the machine cannot remap interrupts, so that the device could send any; where it is"
              + " trusted: echo 1 > /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
          e);
    }
    return refusal("its IOMMU cannot be set up: " + e.getMessage(), e);
  }

  DeviceException strange(String what) {
    return refusal("VFIO describes it in a way that makes no sense: " + what);
  }

  DeviceException failed(LinuxException e) {
    return refusal(e.getMessage(), e);
  }

  private String bindCommand() {
    return bindCommand(address.toString());
  }

  private static String bindCommand(String name) {
    return Vfio.BIND_COMMAND + " " + name;
  }

  private DeviceException refusal(String why) {
    return new DeviceException(address + ": " + why);
  }

  private DeviceException refusal(String why, LinuxException cause) {
    return new DeviceException(address + ": " + why, cause);
  }
}
