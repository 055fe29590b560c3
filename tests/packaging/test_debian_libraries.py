"""The guard of `make debian-test` against libraries that are not Debian's."""

import pytest

from tests.support.rigs.debian_libraries import OVERRIDES, NotDebiansError, debians


def test_a_library_of_somebody_else_is_refused() -> None:
    with pytest.raises(NotDebiansError, match=r"^aiohttp is that of .*site-packages, not of"):
        debians(OVERRIDES.read_text())


def test_what_debian_does_not_have_is_not_asked_for() -> None:
    assert debians("sounddevice\ncffi python3-cffi-backend\n") == []
