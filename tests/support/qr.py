"""QR codes, read by a decoder that has nothing to do with the one who drew them."""

from pathlib import Path

import zxingcpp
from PIL import Image


def read_qr(picture: Path) -> str:
    """The text of the only QR code in an image file, such as a screenshot.

    Raises ValueError where there is none, or more than one.
    """
    with Image.open(picture) as image:
        codes = codes_in(image)
    if len(codes) != 1:
        raise ValueError(f"{picture} shows {len(codes)} QR codes where one is expected.")
    return codes[0]


def codes_in(image: Image.Image) -> list[str]:
    """The text of each QR code in a picture."""
    return [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]
