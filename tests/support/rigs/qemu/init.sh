#!/bin/bash
# The computer's process 1 where the appliance is run from the source: its kernel's drivers, and
# then the agent. No service manager and no udev: under an emulated processor they take longer than
# all that is tested.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONPATH=/opt PYTHONUNBUFFERED=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
modprobe -a virtio_gpu xhci_pci snd_usb_audio
hostname homecall
exec /opt/agent.sh
