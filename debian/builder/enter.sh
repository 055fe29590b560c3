#!/bin/bash
# enter.sh FOLDER COMMAND [ARGUMENT]...: the part of run.sh that is in namespaces of its own.
set -euo pipefail
folder=$1
shift

# A copy-on-write view of the root, over the folder that stands for it here alone.
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
root=/mnt/root
mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=/mnt/upper,workdir=/mnt/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$folder" "$root/mnt"

exec chroot "$root" /usr/bin/env -i --chdir=/mnt HOME=/nonexistent LC_ALL=C.UTF-8 TZ=UTC \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
