#!/bin/bash
# root.sh ROOT PACKAGE...: makes the Debian 13 root in which the packages are built and checked.
# Each PACKAGE is one that debian/control asks for.
set -euo pipefail
root=$1
shift

"$(dirname "$0")/../../tests/support/rigs/debian13/bootstrap.sh" "$root" \
  build-essential lintian man-db diffoscope-minimal libfaketime zsh "$@"
