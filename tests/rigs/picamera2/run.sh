#!/bin/bash
# run.sh [--bind SOURCE[:TARGET]]... COMMAND [ARGUMENT]...
#
# Runs a command on Debian 13 with the real picamera2 on a software camera. The root is built the
# first time (see build.sh) and kept in ${XDG_CACHE_HOME:-~/.cache}/homecall-appliance.
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
cache=${XDG_CACHE_HOME:-$HOME/.cache}/homecall-appliance
root=$cache/debian13-$(sha256sum "$here/build.sh" | cut -c 1-12)

[ "$(id -u)" = 0 ] || { echo >&2 "The camera rig mounts file systems: run it as root."; exit 1; }
command -v mmdebstrap >/dev/null || {
  echo >&2 "The camera rig needs mmdebstrap. Run: apt-get install mmdebstrap"; exit 1; }

mkdir -p "$cache/view"
exec 8>"$cache/lock"
flock 8
if [ ! -d "$root" ]; then
  echo >&2 "Building a Debian 13 root in $root: once, 650 MB, a minute or two."
  # A root without its name is half-built. A process group of its own can be ended as a whole.
  rm -rf "$cache"/*.partial
  set -m
  "$here/build.sh" "$root.partial" >&2 &
  set +m
  trap 'kill -TERM -- -$!; while kill -0 -- -$!; do sleep 0.1; done 2>/dev/null; exit 143' TERM INT HUP
  wait $!
  trap - TERM INT HUP
  mv "$root.partial" "$root"
  # Former recipes' roots, except those in use.
  for old in "$cache"/debian13-*; do
    [ "$old" = "$root" ] || flock --nonblock "$old" rm -rf "$old" || true
  done
fi
exec 9<"$root"
flock --shared 9
exec 8>&-
exec unshare --mount "$here/enter.sh" "$root" "$cache/view" "$@"
