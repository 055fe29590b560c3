"""The pictures, and the factory of screens."""

import io
from pathlib import Path

import pytest
from PIL import Image

from homecall_appliance.display.factory import Backend, open_display
from homecall_appliance.display.image import SIZE, ImageFile, code_png
from homecall_appliance.display.none import NoDisplay
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.render import Look
from homecall_appliance.display.view import LinkView, RingingView, StartingView
from tests.display.display_world import IPV6, LONG, SHORT, USUAL, decoded, decoded_by_zbar

LOOK = Look(SIZE)
URLS = [SHORT, USUAL, IPV6, LONG]


def picture(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return image


@pytest.mark.apt
@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("size", [200, 512, 1000])
def test_the_code_as_png_is_read(tmp_path: Path, url: str, size: int) -> None:
    image = picture(code_png(url, size))
    assert image.width == image.height <= size
    assert decoded(image) == [url]
    assert decoded_by_zbar(image, tmp_path) == [url]


def test_the_code_is_never_smaller_than_a_pixel_for_a_module() -> None:
    assert picture(code_png(USUAL, 1)).size == (45, 45)


def test_the_file_is_replaced_whole_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "screen.png"
    display = ImageFile(path, LOOK)
    histories = []
    for view in (StartingView(), LinkView(SHORT), LinkView(SHORT), LinkView(USUAL)):
        display.show(view)
        histories.append((decoded(picture(path.read_bytes())), path.stat().st_ino))
    assert [found for found, _ in histories] == [[], [SHORT], [SHORT], [USUAL]]
    assert histories[1] == histories[2]
    assert list(tmp_path.iterdir()) == [path]
    display.close()
    display.close()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_not_written_each_second(tmp_path: Path) -> None:
    path = tmp_path / "screen.png"
    display = ImageFile(path, LOOK)
    files = []
    for seconds in (9, 8):
        display.show(RingingView(seconds, 45, "Enter", "Esc"))
        files.append(path.stat().st_ino)
    display.show(RingingView(8, 45))
    assert files[0] == files[1] != path.stat().st_ino


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none" / "screen.png"
    with pytest.raises(DisplayError, match=r"screen.png cannot be written: No such file .* Set"):
        ImageFile(path, LOOK).show(StartingView())


def test_a_path_that_is_a_folder_is_a_sentence(tmp_path: Path) -> None:
    display = ImageFile(tmp_path, LOOK)
    with pytest.raises(DisplayError, match="cannot be written: Is a directory"):
        display.show(StartingView())
    with pytest.raises(DisplayError, match="cannot be removed: Is a directory"):
        display.close()


@pytest.mark.parametrize(
    ("backend", "kind"),
    [("image", ImageFile), ("none", NoDisplay)],
)
def test_the_factory(tmp_path: Path, backend: Backend, kind: type) -> None:
    path = tmp_path / "screen.png"
    display = open_display(backend, str(path), 0, language="ru", stream=io.StringIO())
    assert type(display) is kind
    display.show(LinkView(USUAL))
    assert path.exists() == (kind is ImageFile)
    display.close()
    assert not path.exists()


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        ("framebuffer", "that the service may use it (group video)."),
        ("image", "Set display.device to the path of the PNG file to write."),
    ],
)
def test_what_the_factory_refuses(backend: Backend, sentence: str) -> None:
    with pytest.raises(DisplayError) as caught:
        open_display(backend, "", 0, language="ru", stream=io.StringIO())
    assert str(caught.value).endswith(sentence)
