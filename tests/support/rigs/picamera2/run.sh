#!/bin/bash
# run.sh [--bind SOURCE[:TARGET]]... COMMAND [ARGUMENT]...
#
# Runs a command on Debian 13 with the real picamera2 on a software camera. The root is built the
# first time (see build.sh) and kept (see ../debian13/cached.sh).
#
# - The repository is at /opt/homecall-appliance, read-only and importable; `python3` has all the
#   libraries. The working directory is the repository.
# - Each run has a fresh copy-on-write view of the root: what it writes is gone afterwards, and
#   runs do not see each other. --bind shares a folder or a socket with the host, read-write.
# - The network is the host's. The environment is empty: use `run.sh env NAME=VALUE COMMAND`.
# - No camera: `run.sh env LIBCAMERA_PIPELINES_MATCH_LIST=none COMMAND`. A dead sensor: create the
#   file that VIRTCAM_STALL names (see site/sitecustomize.py).
# - The command keeps this script's process id, so signals reach it; nothing stays mounted.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
view=${XDG_CACHE_HOME:-$HOME/.cache}/homecall-appliance/view
mkdir -p "$view"
exec "$here/../debian13/cached.sh" "$here/build.sh" -- \
  unshare --mount "$here/enter.sh" "$view" "$@"
