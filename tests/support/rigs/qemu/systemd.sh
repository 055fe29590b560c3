#!/bin/bash
# The computer's process 1 where the package is tried: Debian's own, which starts what it starts on
# every machine, and the agent.
tar -C / -xf /opt/installed.tar
cat >/etc/systemd/system/agent.service <<'END'
[Unit]
Description=What the tests ask for
DefaultDependencies=no
[Service]
ExecStart=/opt/agent.sh
END
# An emulated processor takes ten times longer for all that it does.
mkdir -p /etc/systemd/system/homecall-appliance.service.d
cat >/etc/systemd/system/homecall-appliance.service.d/slow.conf <<'END'
[Service]
TimeoutStartSec=500
WatchdogSec=500
END
exec /sbin/init
