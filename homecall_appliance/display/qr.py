"""QR codes (ISO/IEC 18004). PURE."""

from functools import lru_cache

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError

QUIET_ZONE = 4
"""Light modules on each side, without which a reader need not find the code (section 9.1)."""

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules from the top, as wide as high; True is dark. The quiet zone is part of it."""


@lru_cache(maxsize=4)
def matrix(text: str) -> Matrix:
    """The smallest code that holds the text, with error correction M (15 %), quiet zone included.

    Raises ValueError where no code has room for the text (some 2300 bytes).
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text.encode())
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ValueError("The text is too long for a QR code.") from error
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())
