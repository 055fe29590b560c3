"""The keys of a speakerphone, by the kernel's uinput: run inside the computer, see speakers.py.

Its argument is a named pipe (mkfifo(1)); each line written there is a key, which is pressed.
"""

import sys
import time
from pathlib import Path

from evdev import UInput, ecodes

NAME = "Speakerphone"
KEYS = ("KEY_PHONE", "KEY_MICMUTE", "KEY_VOLUMEUP", "KEY_VOLUMEDOWN")

HELD = 0.1
"""Seconds that a key is down."""

with UInput({ecodes.EV_KEY: [ecodes.ecodes[key] for key in KEYS]}, name=NAME) as device:
    print(device.device.path, flush=True)
    while True:
        with Path(sys.argv[1]).open() as pipe:
            for line in pipe:
                for down in (1, 0):
                    device.write(ecodes.EV_KEY, ecodes.ecodes[line.strip()], down)
                    device.syn()
                    time.sleep(HELD)
