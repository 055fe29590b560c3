#!/bin/bash
# bootstrap.sh ROOT PACKAGE[/SUITE]...: makes a Debian 13 root with these packages, without their
# recommendations, manuals and translations. It has Debian's updates, as an owner's machine has.
#
# A package may name trixie-backports as its SUITE. Needs root and mmdebstrap.
set -euo pipefail
root=$1
shift

# Where this machine's own apt finds Debian's archive with this label.
archive() {
  # shellcheck disable=SC2016  # apt fills it in
  apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' "Label: $1" | sed -n 1p | grep . ||
    { echo >&2 "The package lists of \"$1\" are missing. Run: apt-get update"; return 1; }
}
mirror=$(archive Debian)
security=$(archive Debian-Security)

sources=("deb $mirror trixie main" "deb $mirror trixie-updates main"
  "deb $security trixie-security main")
case " $*" in */trixie-backports*) sources+=("deb $mirror trixie-backports main") ;; esac

mmdebstrap --quiet --mode=root --variant=apt \
  --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$(IFS=,; echo "$*")" trixie "$root" "${sources[@]}"
