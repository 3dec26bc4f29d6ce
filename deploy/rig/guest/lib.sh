# shellcheck shell=bash
# What scripts in the guest share; sourced, not run.

# The PCI addresses of all NVMe controllers, in order.
nvme_functions() {
  local device
  for device in /sys/bus/pci/devices/*; do
    if [[ $(<"$device/class") == 0x010802 ]]; then basename "$device"; fi
  done
}

# Hands PCI functions to a driver: bind_to vfio-pci 0000:00:04.0, or bind_to nvme ...
bind_to() {
  local driver=$1 address device
  shift
  for address; do
    device=/sys/bus/pci/devices/$address
    if [[ -e $device/driver ]]; then echo "$address" >"$device/driver/unbind"; fi
    echo "$driver" >"$device/driver_override"
    echo "$address" >/sys/bus/pci/drivers_probe
    [[ $(basename "$(readlink -f "$device/driver")") == "$driver" ]] || {
      echo "$driver does not take $address" >&2
      return 1
    }
  done
}

# The block device of a namespace under the kernel's driver: block_device 0000:00:04.0 2
block_device() {
  local device i
  for ((i = 0; i < 100; i++)); do
    for device in "/sys/bus/pci/devices/$1"/nvme/nvme*/nvme*n"$2"; do
      if [[ -b /dev/${device##*/} ]]; then
        echo "/dev/${device##*/}"
        return
      fi
    done
    sleep 0.1
  done
  echo "no namespace $2 on $1" >&2
  return 1
}
