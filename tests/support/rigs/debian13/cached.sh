#!/bin/bash
# cached.sh BUILD [ARGUMENT]... -- COMMAND [ARGUMENT]...
#
# Becomes the COMMAND, with the Debian 13 root that `BUILD ROOT ARGUMENT...` makes in $ROOT. It is
# built the first time, and kept in ${XDG_CACHE_HOME:-~/.cache}/homecall-appliance until its recipe
# or an ARGUMENT changes: nobody may write to it. As long as the command runs (or whatever holds a
# shared lock on the root itself), it is not thrown away.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
recipe=()
while [ "$1" != -- ]; do recipe+=("$1"); shift; done
shift

name=debian13-$(basename "$(dirname "$(realpath "${recipe[0]}")")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/homecall-appliance
key=$({ cat "${recipe[0]}" "$here/bootstrap.sh"; printf '%s\n' "${recipe[@]:1}"; } | sha256sum)
ROOT=$cache/$name-${key:0:12}
export ROOT

[ "$(id -u)" = 0 ] || { echo >&2 "This rig mounts file systems: run it as root."; exit 1; }
command -v mmdebstrap >/dev/null || {
  echo >&2 "This rig needs mmdebstrap. Run: apt-get install mmdebstrap"; exit 1; }

mkdir -p "$cache"
exec 8>"$cache/lock"
flock 8
if [ ! -d "$ROOT" ]; then
  echo >&2 "Building a Debian 13 root in $ROOT: once, a gigabyte, a minute or two."
  # A root without its name is half-built. A process group of its own can be ended as a whole.
  rm -rf "$cache"/*.partial
  set -m
  "${recipe[0]}" "$ROOT.partial" "${recipe[@]:1}" >&2 &
  set +m
  trap 'kill -TERM -- -$!; while kill -0 -- -$!; do sleep 0.1; done 2>/dev/null; exit 143' TERM INT HUP
  wait $!
  trap - TERM INT HUP
  mv "$ROOT.partial" "$ROOT"
  # Former recipes' roots, except those in use.
  for old in "$cache/$name"-*; do
    [ "$old" = "$ROOT" ] || flock --nonblock "$old" rm -rf "$old" || true
  done
fi
exec 9<"$ROOT"
flock --shared 9
exec 8>&-
exec "$@"
