"""Whose picture is on the screen. PURE."""

import math
from typing import Generic, TypeVar

GONE_SECONDS = 2.0
"""Without a new picture, after which the code has the screen again: the phone's camera is off."""

Picture = TypeVar("Picture")


class Visitors(Generic[Picture]):
    """Of the phones that send a picture the one that was first, for as long as it does."""

    def __init__(self) -> None:
        self._phone: object = None
        self._picture: Picture | None = None
        self._at = -math.inf

    def take(self, phone: object, picture: Picture, now: float) -> bool:
        """Take the picture of a phone; return whether it is the one to be shown."""
        if phone is not self._phone and self.picture(now) is not None:
            return False
        self._phone, self._picture, self._at = phone, picture, now
        return True

    def picture(self, now: float) -> Picture | None:
        """Return the newest picture; None: the screen is free."""
        return self._picture if now - self._at < GONE_SECONDS else None

    def gone(self) -> None:
        """A call has ended: the picture may have been its."""
        self._picture = None
