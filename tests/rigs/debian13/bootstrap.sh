#!/bin/bash
# bootstrap.sh ROOT PACKAGE[/SUITE]...: makes a Debian 13 root with these packages, without their
# recommendations, manuals and translations.
#
# A package may name trixie-backports as its SUITE. Needs root and mmdebstrap.
set -euo pipefail
root=$1
shift

# shellcheck disable=SC2016  # apt fills it in
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
  'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
[ -n "$mirror" ] || { echo >&2 "Debian's package lists are missing. Run: apt-get update"; exit 1; }

sources=("deb $mirror trixie main")
case " $*" in */trixie-backports*) sources+=("deb $mirror trixie-backports main") ;; esac

mmdebstrap --quiet --mode=root --variant=apt \
  --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$(IFS=,; echo "$*")" trixie "$root" "${sources[@]}"
