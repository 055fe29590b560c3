#!/bin/bash
# build.sh DIST KEY: makes a signed archive of every package in DIST, in DIST/apt: plain files, which
# any web server can serve. KEY is the id of a key in your gpg. Older versions may stay in DIST.
set -euo pipefail
dist=$1 key=$2
[ -n "$key" ] || { echo >&2 "Which key signs? Say: make apt-repo KEY=<id of your gpg key>"; exit 1; }
compgen -G "$dist/*.deb" >/dev/null || { echo >&2 "There is no package in $dist. Run: make deb"; exit 1; }

# Made aside and put in place as a whole: what is served never changes half-way.
archive=$dist/apt new=$dist/apt.new
rm -rf "$new"
mkdir -p "$new/pool"
for deb in "$dist"/*.deb; do
  # apt-ftparchive tells an architecture by the file's name.
  # shellcheck disable=SC2016  # for dpkg-deb
  name=$(dpkg-deb --show --showformat '${Package}_${Version}_${Architecture}.deb' "$deb")
  cp --preserve=timestamps "$deb" "$new/pool/$name"
done
cd "$new"

for architecture in amd64 arm64; do
  folder=dists/stable/main/binary-$architecture
  mkdir -p "$folder"
  # Packages for every architecture are in each list: so apt asks for one list only.
  apt-ftparchive --arch "$architecture" packages pool >"$folder/Packages"
  gzip --keep --no-name --best "$folder/Packages"
done
apt-ftparchive \
  -o APT::FTPArchive::Release::Origin=HomeCall -o APT::FTPArchive::Release::Label=HomeCall \
  -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Codename=stable \
  -o APT::FTPArchive::Release::Components=main \
  -o APT::FTPArchive::Release::Architectures='amd64 arm64' \
  release dists/stable >Release
mv Release dists/stable/

sign=(gpg --batch --yes --local-user "$key" --digest-algo SHA512)
"${sign[@]}" --clearsign --output dists/stable/InRelease dists/stable/Release
"${sign[@]}" --armor --detach-sign --output dists/stable/Release.gpg dists/stable/Release
gpg --export "$key" >homecall-archive-keyring.pgp
[ -s homecall-archive-keyring.pgp ] || { echo >&2 "gpg has no key $key."; exit 1; }

cd - >/dev/null
rm -rf "$archive"
mv "$new" "$archive"
cat <<END
The archive is in $archive. Serve that folder over HTTPS. Each machine that is to follow it needs
  homecall-archive-keyring.pgp, as /etc/apt/keyrings/homecall.pgp
and a file /etc/apt/sources.list.d/homecall.sources:
  Types: deb
  URIs: https://<where the folder is served>
  Suites: stable
  Components: main
  Signed-By: /etc/apt/keyrings/homecall.pgp
END
