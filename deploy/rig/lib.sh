# shellcheck shell=bash
# What the scripts of this directory share; sourced after deploy/bin/lib.sh, not run.

# What the guest is made of, and what its proofs use. For those that source this.
# shellcheck disable=SC2034
readonly build_packages=(
  qemu-system-x86_64:qemu-system-x86
  :busybox-static
  modprobe:kmod
  cpio:cpio
  xz:xz-utils
)
readonly test_packages=(
  "${build_packages[@]}"
  mkfs.ext4:e2fsprogs
  curl:curl
  python3:python3
  javac:openjdk-17-jdk-headless
  mvn:maven
)

# Why the proofs cannot run on this machine; nothing if they can.
obstacle() {
  local missing
  if [[ $(uname -sm) != 'Linux x86_64' ]]; then
    echo "the guest needs Linux on x86-64, and this is $(uname -sm)"
  elif ! command -v apt-get >/dev/null; then
    echo "the guest's kernel comes from a package of Debian, and there is no apt-get"
  elif missing=$(missing_packages "${test_packages[@]}") && [[ -n $missing ]] && ((EUID != 0)); then
    echo "packages are missing; run: sudo apt-get install --no-install-recommends ${missing//$'\n'/ }"
  fi
}

# Status of deploy/rig/run when QEMU itself crashed, which says nothing of what ran in the guest.
# shellcheck disable=SC2034
readonly QEMU_CRASHED=123
