"""What systemd is told: ready, alive, stopping, and the state in words (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping


class Notifier:
    """Talks to the service manager; says nothing where there is none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """`environ` is the environment that the service manager has set."""
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.watchdog_interval = _watchdog_interval(environ)
        """Seconds within which `alive` must be said again; None: nobody waits for it."""

    def ready(self) -> None:
        """Tell that the service is there."""
        self._say("READY=1")

    def alive(self) -> None:
        """Tell that the service is healthy."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that the service is ending, as the last word."""
        self._say("STOPPING=1\nSTATUS=Stopping.")
        self._address = ""

    def status(self, words: str) -> None:
        """Tell the state, in words for `systemctl status`."""
        self._say(f"STATUS={words}".replace("\n", " "))

    def close(self) -> None:
        """Say nothing any more."""
        self._socket.close()

    def _say(self, text: str) -> None:
        if not self._address:
            return
        # "@" is an abstract socket (unix(7)).
        address = self._address.replace("@", "\0", 1)
        self._socket.sendto(text.encode(), address)


def _watchdog_interval(environ: Mapping[str, str]) -> float | None:
    """See sd_watchdog_enabled(3)."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    for_us = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 1e6 if for_us and microseconds.isdecimal() else None
