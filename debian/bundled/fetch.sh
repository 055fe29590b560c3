#!/bin/bash
# fetch.sh FOLDER: brings the pinned wheels into FOLDER, from the last time's if they are there.
#
# For Debian 13's Python, whatever Python runs pip: that of the repository's .venv, or python3's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
python=$here/../../.venv/bin/python
[ -x "$python" ] || python=python3
kept=$here/../../build/wheels
mkdir -p "$kept"

fetch() {
  "$python" -m pip --disable-pip-version-check --quiet download --no-deps --only-binary=:all: \
    --python-version 3.13 --require-hashes --dest "$folder" "$@"
}

fetch_or_reuse() {
  fetch --no-index --find-links "$kept" "$@" >/dev/null 2>&1 || fetch "$@"
}

fetch_or_reuse --requirement "$here/requirements.txt"
for cpu in aarch64 x86_64; do
  fetch_or_reuse --platform "manylinux_2_28_$cpu" --requirement "$here/requirements-echo.txt"
done
cp "$folder"/*.whl "$kept/"
