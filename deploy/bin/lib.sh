# shellcheck shell=bash
# What the scripts of this directory share; sourced, not run.

# shellcheck disable=SC2034  # for those that source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Debian keeps mkfs and its like where the path of an ordinary user does not lead.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# Whether the command is there; for javac, in a version that can build this.
has_command() {
  command -v "$1" >/dev/null || return 1
  [[ $1 != javac ]] && return
  local version
  version=$(javac -version 2>&1)
  version=${version#javac }
  ((${version%%[.-]*} >= 17))
}

# A package without a command of its own, asked of dpkg. Elsewhere than on Debian nobody knows: then
# the test that needs it has the last word.
has_package() {
  command -v dpkg-query >/dev/null || return 0
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The packages that are missing, one a line: missing_packages COMMAND:PACKAGE..., or :PACKAGE where the
# package has no command.
missing_packages() {
  local item
  for item in "$@"; do
    if [[ -n ${item%%:*} ]]; then
      has_command "${item%%:*}" || echo "${item#*:}"
    else
      has_package "${item#*:}" || echo "${item#*:}"
    fi
  done
}

# Installs what is missing, or says how to. Nothing is asked of apt when all is there.
#
# Arguments as those of missing_packages.
need() {
  local item command missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "missing, and there is no apt-get to install it: ${missing[*]}"
  if ((EUID != 0)); then
    die "missing packages; run: sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  install_packages "${missing[@]}"
  for item in "$@"; do
    command=${item%%:*}
    if [[ -n $command ]]; then
      hash -r
      has_command "$command" || die "${item#*:} is installed, but $command is not to be found or too old: see PATH"
    fi
  done
}

# A subshell, so that its trap takes the policy away again whatever happens.
install_packages() (
  export DEBIAN_FRONTEND=noninteractive
  policy=/usr/sbin/policy-rc.d
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  # Packages such as prometheus would start a service; only its tools are wanted.
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$log" "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  # The package lists of a fresh machine are empty or old: fetched only when that shows.
  if ! apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1; then
    say "fetching package lists"
    {
      apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"
    } >"$log" 2>&1 || die "apt-get failed: $(tail -n 15 "$log")"
  fi
)
