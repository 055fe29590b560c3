#!/bin/bash
# build.sh OUTPUT: builds the source package and every binary package into the folder OUTPUT.
#
# In a Debian 13 root, so that the result is the same whatever Debian this machine has. From the
# files of the working tree that git does not ignore. Needs root, git, mmdebstrap, and pip: see
# debian/bundled/fetch.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
output=$1
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# As dpkg-source names it, so that a build from the source package has the same bits.
source=$work/$(sed -n '1s/^\(.*\) (\(.*\)).*/\1-\2/p' "$here/../changelog")
mkdir "$source"
# Modes are made alike, since those of a clone depend on its owner's umask.
git -C "$repository" ls-files -z --cached --others --exclude-standard |
  tar -C "$repository" --null --files-from=- --ignore-failed-read --mode=u+rw,go=rX -c 2>/dev/null |
  tar -C "$source" -x
"$here/../bundled/fetch.sh" "$source/debian/bundled/wheels"

# If there is no such root yet, this says so, and makes it.
"$here/run.sh" "$work" true
echo "Building the packages of $(basename "$source")."
# shellcheck disable=SC2016  # for the shell inside
"$here/run.sh" "$work" sh -euc '
  cd homecall-appliance-*/
  dpkg-buildpackage --no-sign
  # The other architecture: it needs no compiler, and no libraries of its own.
  case $(dpkg --print-architecture) in amd64) other=arm64 ;; *) other=amd64 ;; esac
  dpkg-buildpackage --no-sign --no-check-builddeps --build=any --host-arch="$other"
' >"$work/log" 2>&1 || { cat >&2 "$work/log"; exit 1; }

mkdir -p "$output"
mv -t "$output" "$work"/*.deb "$work"/*.dsc "$work"/*.tar.xz
chown -R --reference="$repository" "$output" "$repository/build"
ls -l "$output"/*.deb
