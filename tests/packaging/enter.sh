#!/bin/bash
# enter.sh ROOT DISK [--bind SOURCE:TARGET]... COMMAND [ARGUMENT]...
#
# Runs a command on a Debian 13 that is not booted, as an image is made: ROOT is only read, and what
# the commands write stays in DISK, from one to the next. In a mount namespace of its own, without a
# network.
set -euo pipefail
lower=$1 disk=$2 root=$2/root
shift 2

mkdir -p "$disk/upper" "$disk/work" "$root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
while [ "$1" = --bind ]; do
  mkdir -p "$root${2#*:}"
  mount --bind "${2%%:*}" "$root${2#*:}"
  shift 2
done
exec chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
