#!/bin/bash
# run.sh FOLDER COMMAND [ARGUMENT]...: runs a command in the Debian 13 root that has the build
# tools, without a network, in FOLDER, which is at /mnt there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2016  # for perl
mapfile -t packages < <(perl -0777 -ne \
  'print map { /([a-z0-9.+-]+)/; "$1\n" } split /,/, $1 if /^Build-Depends:(.*?)^\S/ms' \
  "$here/../control")
exec "$here/../../tests/support/rigs/debian13/cached.sh" "$here/root.sh" "${packages[@]}" -- \
  unshare --mount --net "$here/enter.sh" "$@"
