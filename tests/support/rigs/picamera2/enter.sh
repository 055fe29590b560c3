#!/bin/bash
# enter.sh VIEW [--bind SOURCE[:TARGET]]... COMMAND: the part of run.sh that is in a mount namespace
# of its own. VIEW is an empty folder, on which each run mounts its own view of $ROOT.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../../.." && pwd)
lower=$ROOT view=$1 home=/opt/homecall-appliance
shift

mount -t tmpfs tmpfs "$view"
mkdir "$view/upper" "$view/work" "$view/root"
root=$view/root
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$view/upper,workdir=$view/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"

mkdir -p "$root$home"
mount --bind "$repository" "$root$home"
mount -o remount,bind,ro "$root$home"
install -D "$here/virtual.yaml" "$root/usr/share/libcamera/pipeline/virtual/virtual.yaml"

while [ "${1:-}" = --bind ]; do
  source=${2%%:*} target=$root${2##*:}
  if [ -d "$source" ]; then mkdir -p "$target"; else install -D /dev/null "$target"; fi
  mount --bind "$source" "$target"
  shift 2
done

exec chroot "$root" /usr/bin/env -i --chdir="$home" \
  HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONUNBUFFERED=1 \
  PYTHONPATH="$home:$home/tests/support/rigs/picamera2/site" \
  LIBCAMERA_LOG_LEVELS='*:FATAL' LIBCAMERA_PIPELINES_MATCH_LIST=virtual "$@"
