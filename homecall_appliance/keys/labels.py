"""What is written on keys. PURE."""

from collections.abc import Iterable, Mapping

_LABELS: Mapping[str, str] = {
    "KEY_ENTER": "Enter",
    "KEY_KPENTER": "Enter",
    "KEY_ESC": "Esc",
    "KEY_SPACE": "Space",
    "KEY_PHONE": "☎",
    "KEY_PICKUP_PHONE": "☎",
}
"""By the names of linux/input-event-codes.h, as far as people anywhere know them."""


def label(names: Iterable[str]) -> str:
    """Return what is written on the first of these keys that is known; empty: on none."""
    return next((_LABELS[name] for name in names if name in _LABELS), "")
