#!/bin/bash
# install.sh DISK PACKAGE TAR: has apt install a package on a disk of build.sh, and puts what has
# changed there into an archive. The disk stays as it is.
#
# Needs root, in mount namespaces of its own: unshare --mount.
set -euo pipefail
disk=$1 package=$2 tar=$3

mount -t tmpfs tmpfs /mnt
mkdir /mnt/{disk,upper,work,root}
mount -o loop,ro "$disk" /mnt/disk
mount -t overlay overlay -o lowerdir=/mnt/disk,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mount -t proc proc /mnt/root/proc
cp "$package" /mnt/root/opt/
# Whatever it depends on is there already, so that there is no archive to ask.
chroot /mnt/root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive \
  apt-get install --yes "/opt/$(basename "$package")" </dev/null
tar -C /mnt/upper -cf "$tar" .
