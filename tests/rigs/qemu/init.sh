#!/bin/bash
# The computer's process 1: its kernel's drivers, its network, and then the agent. No service
# manager and no udev: under an emulated processor they take longer than all that is tested.
#
# $address comes from the kernel's command line.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 PYTHONPATH=/opt PYTHONUNBUFFERED=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
modprobe -a virtio_net virtio_gpu xhci_pci snd_usb_audio
hostname homecall
ip link set lo up
ip address add "${address:?}" dev eth0
ip link set eth0 up
exec python3 /opt/agent.py /dev/vport*
