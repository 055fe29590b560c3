#!/bin/bash
# build.sh ROOT PACKAGE...: makes what a computer of QEMU boots from, with Debian 13's kernel.
#
# In ROOT: `kernel`, `initrd`, and `disk`, an ext4 image with these packages and the kernel's
# modules, v4l2loopback among them. Needs root, mmdebstrap and mkfs.ext4.
set -euo pipefail
root=$1
shift
bootstrap=$(dirname "$0")/../debian13/bootstrap.sh
mkdir -p "$root"

# Where v4l2loopback is compiled: a gigabyte that the disk does not need.
kernel=$root/builder
"$bootstrap" "$kernel" linux-image-amd64 linux-headers-amd64 v4l2loopback-dkms busybox-static cpio &
trap 'kill $! 2>/dev/null; wait' ERR
"$bootstrap" "$root/debian" "$@"
wait $!

release=$(basename "$kernel"/lib/modules/*)
modules=lib/modules/$release
[ -n "$(find "$kernel/$modules" -name 'v4l2loopback.ko*')" ] || {
  echo >&2 "v4l2loopback has not been compiled for Linux $release."; exit 1; }
mv "$kernel/boot/vmlinuz-$release" "$root/kernel"

# Only what finds the disk, without udev.
initrd=$kernel/initrd
mkdir -p "$initrd"/{dev,disk,modules}
cp "$kernel/bin/busybox" "$initrd/busybox"
chroot "$kernel" modprobe --set-version="$release" --show-depends --all virtio_blk ext4 |
  sed -n 's/^insmod //p' | awk '!seen[$0]++' | while read -r module; do
    number=$((${number:-100} + 1))
    xz --decompress --stdout "$kernel$module" >"$initrd/modules/$number.ko"
  done
cat >"$initrd/init" <<'END'
#!/busybox sh
/busybox mount -t devtmpfs dev /dev
for module in /modules/*; do /busybox insmod "$module"; done
/busybox mount -t ext4 /dev/vda /disk
/busybox tar -x -C /disk/opt -f /dev/vdb
exec /busybox switch_root /disk /opt/init.sh
END
chmod +x "$initrd/init"
chroot "$kernel" sh -c 'cd initrd && find . | cpio --quiet --create --format=newc' >"$root/initrd"

rm "$kernel/$modules/build" "$kernel/$modules/source"
mkdir -p "$root/debian/lib/modules"
mv "$kernel/$modules" "$root/debian/lib/modules/"
truncate --size=2G "$root/disk"
mkfs.ext4 -q -m 0 -O '^has_journal' -E lazy_itable_init=0 -d "$root/debian" "$root/disk"
rm -rf "$kernel" "$root/debian"
