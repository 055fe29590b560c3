#!/bin/bash
# build.sh ROOT PACKAGE...: makes a Debian 13 root that boots by itself, with these packages: what
# an owner's machine has, and the dependencies of the package under test.
set -euo pipefail
root=$1
shift

packages=(
  systemd systemd-sysv dbus       # the service manager, and what asks it
  iproute2 ca-certificates
  libfaketime                     # a clock that jumps for one service only
)

"$(dirname "$0")/../rigs/debian13/bootstrap.sh" "$root" "${packages[@]}" "$@"

# From here on, apt and dpkg do as on an owner's machine: manuals too, and recommendations.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root"/etc/apt/apt.conf.d/99mmdebstrap
# A machine's first boot differs from the others: this one has been booted before.
systemd-machine-id-setup --root="$root" 2>/dev/null || tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
echo homecall >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 homecall\n' >"$root/etc/hosts"
