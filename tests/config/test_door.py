"""What the keys of [door] must look like, and what they demand of each other."""

from pathlib import Path
from typing import Any

import pytest

from tests.config.test_values import paths

CHIP, LINE, COMMAND = "door.gpio_chip", "door.gpio_line", "door.command"


@pytest.mark.parametrize(
    ("door", "expected"),
    [
        ({}, []),
        ({"gpio_chip": "gpiochip0", "gpio_line": 17}, []),
        ({"gpio_chip": "/dev/gpiochip0", "gpio_line": 0, "active_low": True}, []),
        ({"gpio_chip": "pinctrl-bcm2711", "gpio_line": 17, "seconds": 0.5}, []),
        ({"command": "/usr/local/bin/open-door --strike 'front door'"}, []),
        ({"gpio_chip": "gpiochip0"}, [LINE]),
        ({"gpio_line": 17}, [CHIP]),
        ({"command": "x", "gpio_chip": "gpiochip0", "gpio_line": 17}, [COMMAND]),
        ({"command": "x", "gpio_chip": "gpiochip0"}, [COMMAND]),
        ({"command": "x", "gpio_line": 0}, [COMMAND]),
        # What is wrong already is not held against other keys.
        ({"gpio_chip": "gpiochip0", "gpio_line": "17"}, [LINE]),
        ({"gpio_chip": "gpiochip0", "gpio_line": -2}, [LINE]),
        ({"command": "'x"}, [COMMAND]),
        ({"command": " "}, [COMMAND]),
        ({"gpio_chip": "a\nb", "gpio_line": 17}, [CHIP]),
        ({"active_low": 1}, ["door.active_low"]),
        ({"seconds": 0}, ["door.seconds"]),
        ({"seconds": 60}, []),
        ({"seconds": 61}, ["door.seconds"]),
    ],
)
def test_what_opens_the_door(tmp_path: Path, door: dict[str, Any], expected: list[str]) -> None:
    assert paths(tmp_path, door=door) == expected
