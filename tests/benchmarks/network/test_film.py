"""The film, and how much of it arrived."""

from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.benchmarks.network import film


def as_page(luma: film.Luma) -> film.Luma:
    """What a page reads of a picture that arrived as it was."""
    full = (luma.astype(float) - film.BLACK) * 255 / (film.WHITE - film.BLACK)
    return np.rint(full).astype(np.uint8)


def blurred(shown: film.Luma, times: int) -> film.Luma:
    small = film.WIDTH // times, film.HEIGHT // times
    image = Image.fromarray(shown).resize(small, Image.Resampling.BILINEAR)
    return np.asarray(image.resize((film.WIDTH, film.HEIGHT), Image.Resampling.BILINEAR))


def test_each_picture_says_which_it_is() -> None:
    numbers = [film.number(as_page(each)) for each in film.pictures()]
    assert numbers == [*range(film.COUNT)]


def test_a_number_is_read_of_a_picture_that_has_suffered() -> None:
    assert film.number(blurred(as_page([*film.pictures()][77]), 4)) == 77


def test_grey_is_no_number() -> None:
    assert film.number(np.full((film.HEIGHT, film.WIDTH), 128, np.uint8)) is None
    assert film.likeness(np.full((film.HEIGHT, film.WIDTH), 128, np.uint8)) is None


def test_a_number_beyond_the_film_is_none() -> None:
    assert film.number(np.full((film.HEIGHT, film.WIDTH), 255, np.uint8)) is None


def test_what_arrived_as_it_was_is_the_same() -> None:
    assert film.likeness(as_page(next(film.pictures()))) == float("inf")


def test_the_smaller_it_was_the_less_is_like_it() -> None:
    shown = as_page(next(film.pictures()))
    half, quarter = (film.likeness(blurred(shown, times)) for times in (2, 4))
    assert half is not None
    assert quarter is not None
    assert 20 < quarter < half - 2 < 40


@pytest.mark.parametrize(("error", "decibels"), [(1, 48.13), (16, 24.05), (255, 0.0)])
def test_psnr_is_of_the_mean_square(error: int, decibels: float) -> None:
    black = np.zeros((4, 4), np.uint8)
    assert film.psnr(black, np.full_like(black, error)) == pytest.approx(decibels, abs=0.01)


def test_ffmpeg_reads_what_was_written(tmp_path: Path) -> None:
    data = film.write(tmp_path / "film.y4m").read_bytes()
    with av.open(BytesIO(data), mode="r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == film.RATE
    assert len(frames) == film.COUNT
    assert np.array_equal(frames[5][: film.HEIGHT], [*film.pictures()][5])
