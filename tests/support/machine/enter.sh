#!/bin/bash
# enter.sh CGROUP DIRECTORY LAYERS [OPTION]...: boots a Debian 13 under its own systemd, as process 1
# of new namespaces (all but the cgroup's, which is made here; the network is the caller's).
#
# LAYERS are read-only roots, the topmost first, with a colon between two; what the machine writes
# goes to DIRECTORY. CGROUP is for this machine only. For OPTION see boot.sh.
set -euo pipefail
echo 0 >"$1/cgroup.procs"
shift
exec unshare --cgroup "$(dirname "$0")/boot.sh" "$@"
