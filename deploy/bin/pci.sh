# shellcheck shell=bash
# What vfio-bind and vfio-unbind share; sourced after lib.sh, not run.

# Another root is for tests.
readonly sys=${DOORBELL_SYS:-/sys} proc=${DOORBELL_PROC:-/proc}

# For those that source this.
force=no addresses=()

# Reads the arguments into force and addresses.
# shellcheck disable=SC2034
parse_arguments() {
  while (($#)); do
    case $1 in
      --force) force=yes ;;
      -h | --help) usage && exit ;;
      -*) die "unknown option $1; see $(basename "$0") --help" ;;
      *) addresses+=("$1") ;;
    esac
    shift
  done
  ((${#addresses[@]})) || die "no PCI address is given; see $(basename "$0") --help"
  local address
  for address in "${addresses[@]}"; do
    [[ $address =~ ^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$ ]] \
      || die "$address is no PCI address; write it as 0000:03:00.0 (see lspci -D)"
    [[ -d $(device "$address") ]] || die "there is no PCI function $address (see lspci -D)"
  done
  [[ $sys != /sys ]] || ((EUID == 0)) || die "only root may change drivers; run: sudo $0 ${addresses[*]}"
}

device() { printf '%s' "$sys/bus/pci/devices/$1"; }

driver_of() {
  local link
  link=$(readlink "$(device "$1")/driver") || return 0
  basename "$link"
}

group_of() {
  local link
  link=$(readlink "$(device "$1")/iommu_group") || return 0
  basename "$link"
}

# The node that stands for the function's group.
node_of() {
  local group
  group=$(group_of "$1")
  [[ -n $group ]] || return 0
  if [[ $(cat "$sys/kernel/iommu_groups/$group/name" 2>/dev/null) == vfio-noiommu ]]; then
    printf '/dev/vfio/noiommu-%s' "$group"
  else
    printf '/dev/vfio/%s' "$group"
  fi
}

# The kernel's block devices on a controller, with their partitions.
block_devices_of() {
  local path name partition
  for path in "$(device "$1")"/nvme/nvme*/nvme*n*; do
    [[ -d $path ]] || continue
    # Of several paths to a namespace, nvme0c1n2 is the hidden one and nvme0n2 the device.
    name=$(basename "$path" | sed -E 's/^(nvme[0-9]+)c[0-9]+(n[0-9]+)$/\1\2/')
    printf '%s\n' "$name"
    for partition in "$sys/class/block/$name"/*/partition; do
      [[ -e $partition ]] && basename "$(dirname "$partition")"
    done
  done
  return 0
}

# Who uses a block device: mounts, swap, and devices built on it, one a line.
users_of_block() {
  local name=$1 number path
  number=$(cat "$sys/class/block/$name/dev" 2>/dev/null || true)
  awk -v number="$number" -v node="/dev/$name" -v name="$name" '
    { source = ""; for (i = 7; i < NF; i++) if ($i == "-") source = $(i + 2) }
    $3 == number || source == node { gsub(/\\040/, " ", $5); print name " is mounted at " $5 }' \
    "$proc/self/mountinfo"
  awk -v node="/dev/$name" -v name="$name" '$1 == node { print name " is swap" }' "$proc/swaps"
  for path in "$sys/class/block/$name"/holders/*; do
    [[ -e $path || -L $path ]] && printf '%s is part of %s\n' "$name" "$(basename "$path")"
  done
  return 0
}

# Processes that hold a node open, one a line.
processes_with() {
  local fd pid
  for fd in "$proc"/[0-9]*/fd/*; do
    [[ $(readlink "$fd" 2>/dev/null) == "$1" ]] || continue
    pid=${fd#"$proc"/}
    pid=${pid%%/*}
    printf '%s (%s)\n' "$(cat "$proc/$pid/comm" 2>/dev/null || echo process)" "$pid"
  done | sort -u
}

# Takes a function from its driver and lets the kernel look for another one.
probe_again() {
  local path
  path=$(device "$1")
  if [[ -e $path/driver ]]; then printf '%s\n' "$1" >"$path/driver/unbind"; fi
  # The kernel refuses by leaving the function without a driver; the write may fail then, too.
  printf '%s\n' "$1" >"$sys/bus/pci/drivers_probe" || true
}
