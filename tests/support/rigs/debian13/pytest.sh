#!/bin/bash
# pytest.sh TOOLS [ARGUMENT]...
#
# Runs pytest on Debian 13, with Debian's own Python and libraries: what the package runs with. Only
# pytest and its plugins are brought along, in the folder TOOLS: Debian 13's are too old. See
# ../debian_libraries.py for what it makes sure of, and ../picamera2/run.sh for the root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=/opt/homecall-appliance tools=$(realpath "$1")
shift

exec "$here/../picamera2/run.sh" --bind "$tools:/opt/pytest" \
  env PYTHONPATH="$home:/opt/pytest" PYTHONDONTWRITEBYTECODE=1 \
  HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis \
  python3 -m pytest -p tests.support.rigs.debian_libraries -p no:cacheprovider "$@"
