"""A PNG file as the screen."""

import io
from pathlib import Path

from PIL import Image

from homecall_appliance.display import qr
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.render import Look, render
from homecall_appliance.display.sheet import code_image
from homecall_appliance.display.view import View, still

SIZE = 800, 480
"""Pixels of the Raspberry Pi's touch screen."""

_WHITE = 255, 255, 255


class ImageFile:
    """A PNG file, for a picture frame or a page that shows it. It is gone when there is nothing
    to show any more, as an old code calls nobody."""

    hidden = ""
    frame_format = None
    show_picture = None
    targets = None

    def __init__(self, path: Path, look: Look) -> None:
        self.where = f"the picture {path}"
        self._path = path
        self._look = look
        self._shown: View | None = None

    def show(self, view: View) -> None:
        """Write the view's picture; who reads the file finds the old or the new one, whole. It is
        not written each second: what changes so often is left out."""
        view = still(view)
        if view == self._shown:
            return
        unfinished = self._path.with_name(f"{self._path.name}.new")
        try:
            unfinished.write_bytes(_png(render(view, self._look)))
            unfinished.replace(self._path)
        except OSError as error:
            raise self._error("written", error) from error
        self._shown = view

    def close(self) -> None:
        """Remove the file."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise self._error("removed", error) from error

    def _error(self, verb: str, error: OSError) -> DisplayError:
        return DisplayError(
            f"The picture {self._path} cannot be {verb}: {error.strerror}. Set display.device to "
            "a file in a folder that the appliance may write to."
        )


def code_png(text: str, size: int = 512) -> bytes:
    """Return the code alone, as PNG: black on white, `size` pixels wide and high at most, and no
    smaller than one pixel for a module."""
    return _png(code_image(text, max(1, size // len(qr.matrix(text))), _WHITE))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
