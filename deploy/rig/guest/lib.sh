# shellcheck shell=bash
# What scripts in the guest share; sourced, not run.

# The PCI addresses of all NVMe controllers, in order.
nvme_functions() {
  local device
  for device in /sys/bus/pci/devices/*; do
    if [[ $(<"$device/class") == 0x010802 ]]; then basename "$device"; fi
  done
}

# Hands controllers to VFIO or back, without a word unless it fails.
to_vfio() { "$RIG_ROOT/deploy/bin/vfio-bind" "$@" >/run/bind.log 2>&1 || { cat /run/bind.log && return 1; }; }
to_kernel() { "$RIG_ROOT/deploy/bin/vfio-unbind" "$@" >/run/bind.log 2>&1 || { cat /run/bind.log && return 1; }; }

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

# One line per check, which deploy/rig/test counts: check TEXT COMMAND ARGS...
check() {
  local text=$1
  shift
  # In this very shell, so that a function may start the service and leave its number.
  if "$@" >/run/check.log 2>&1; then
    echo "ok   $text"
  else
    echo "FAIL $text"
    tail -n 20 /run/check.log | sed 's/^/     /'
  fi
}

# A short run on an emulated processor: the second compiler costs more than it gains.
# What a JVM that crashes has to say survives the guest: deploy/rig/run shows it.
export JAVA_OPTS='-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -XX:MaxDirectMemorySize=1g -XX:ErrorFile=/rig/hs_err.%p'
# The classes of the service as deploy/rig/test has put them down, ready for use.
if [[ -f $RIG_ROOT/service/target/doorbell.jsa ]]; then
  JAVA_OPTS+=" -XX:SharedArchiveFile=$RIG_ROOT/service/target/doorbell.jsa"
fi

# shellcheck disable=SC2034  # for those that source this
readonly URL=http://127.0.0.1:8080
readonly SERVICE_LOG=/run/service.log
service=

# Starts the service in the background and waits for it: serve ARGUMENTS of `doorbell serve`.
# The log is looked at, not the port: every call of curl would take time from the start.
serve() {
  "$RIG_ROOT/deploy/bin/doorbell" serve "$@" >"$SERVICE_LOG" 2>&1 &
  service=$!
  await_service
}

await_service() {
  until grep -q ' ready after ' "$SERVICE_LOG"; do
    if ! kill -0 "$service" 2>/dev/null; then
      echo "the service did not start:"
      cat "$SERVICE_LOG"
      return 1
    fi
    sleep 0.2
  done
}

# By SIGTERM, which is what its status says.
stop_service() {
  local status=0
  kill "$service" && wait "$service" || status=$?
  if ((status != 143)); then
    cat "$SERVICE_LOG"
    return 1
  fi
}
