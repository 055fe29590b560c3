#!/bin/bash
# boot.sh DIRECTORY LAYERS [OPTION]...: the part of enter.sh that is in the machine's namespaces, as
# process 1.
#
# Mounts what systemd expects of a container manager (systemd.io/CONTAINER_INTERFACE), and becomes
# systemd. An OPTION is one of the kernel's command line: `ro`, or what systemd makes of it.
set -euo pipefail
directory=$1 layers=$2 root=$1/root
shift 2

mount --make-rprivate /
mkdir -p "$directory/upper" "$directory/work" "$root"
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$directory/upper,workdir=$directory/work" "$root"

# The kernel is shared with the host: nothing in here may change its settings, its modules or its
# clock. A read-only /sys also tells systemd that there is no udev to wait for.
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
cat /proc/sys/kernel/random/uuid >"$directory/boot-id"
mount --bind "$directory/boot-id" "$root/proc/sys/kernel/random/boot_id"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -o remount,bind,ro "$root/sys"

for each in run tmp dev; do mount -t tmpfs tmpfs "$root/$each" -o mode=755; done
chmod 1777 "$root/tmp"
for each in null zero full random urandom tty; do
  touch "$root/dev/$each"
  mount --bind "/dev/$each" "$root/dev/$each"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666,mode=620,gid=5
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for each in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${each%:*}" "$root/dev/${each#*:}"; done

hostname homecall
ip link set lo up
case " $* " in *' ro '*) mount -o remount,ro "$root" ;; esac
cd "$root"
pivot_root . mnt
umount --lazy /mnt
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio \
  /sbin/init "$@"
