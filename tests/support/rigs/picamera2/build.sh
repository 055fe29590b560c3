#!/bin/bash
# build.sh ROOT: makes a Debian 13 root in which the real picamera2 and the appliance run.
#
# The appliance's libraries are Debian 13's own packages, the oldest versions that it supports;
# picamera2 and sounddevice, which Debian 13 does not have, are PyPI's. Nothing is compiled.
# Needs root, mmdebstrap, and pip: that of the repository's .venv, or else python3's.
set -euo pipefail
root=$1
repository=$(cd "$(dirname "$0")/../../../.." && pwd)
python=$repository/.venv/bin/python
[ -x "$python" ] || python=python3

packages=(
  # Debian 13's own libcamera 0.4.0 leaves the frame status of its virtual camera uninitialised,
  # and picamera2 throws away nearly every frame. 0.7 is what Raspberry Pi OS has.
  python3-libcamera/trixie-backports
  python3-piexif python3-prctl                                            # for picamera2
  python3-aiohttp python3-aiortc python3-av python3-cryptography python3-dnspython python3-ifaddr
  python3-numpy python3-pil python3-prometheus-client python3-pydantic python3-qrcode python3-tomli-w
  python3-uvloop
  libportaudio2 libspeexdsp1 python3-cffi-backend libasound2-plugins      # for the sound
  ca-certificates iproute2
  python3-luma.lcd python3-luma.oled                                      # for the panels
  python3-evdev                                                           # for the keys
  espeak-ng mount python3-scipy zbar-tools                                # for ../debian13/pytest.sh
  coturn knot knot-dnsutils mosquitto mosquitto-clients pebble            # and its servers
)
wheels=(picamera2==0.3.38 simplejpeg==1.9.0 videodev2==0.0.4 sounddevice==0.5.6)

"$repository/tests/support/rigs/debian13/bootstrap.sh" "$root" "${packages[@]}"

# From outside, so that the host's settings for pip hold (a proxy, an authority, an index).
"$python" -m pip install --quiet --no-deps --only-binary=:all: --python-version 3.13 \
  --target "$root/usr/local/lib/python3.13/dist-packages" "${wheels[@]}"
