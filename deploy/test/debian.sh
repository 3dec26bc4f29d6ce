# shellcheck shell=bash
# A Debian 12 made of its packages, for those that cannot or shall not ask a registry; sourced after
# deploy/bin/lib.sh, not run.
#
# MIRROR is where the packages come from, Debian's usual mirrors by default. Certificates of the
# machine's own authorities are put into it, for networks that need them.

# debian TARGET OPTION...: as mmdebstrap, which makes a directory, an archive, or what hooks do (-).
debian() {
  local target=$1 certificate
  local options=(--quiet --variant=minbase)
  shift
  for certificate in /usr/local/share/ca-certificates/*.crt; do
    [[ -f $certificate ]] || continue
    # mmdebstrap sets $1
    # shellcheck disable=SC2016
    options+=(
      --essential-hook='mkdir -p "$1/usr/local/share/ca-certificates"'
      --essential-hook="copy-in $certificate /usr/local/share/ca-certificates"
    )
  done
  mmdebstrap "${options[@]}" "$@" bookworm "$target" ${MIRROR:+"$MIRROR"}
}
