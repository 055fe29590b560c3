"""What the daemon takes of the machine."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from homecall_appliance.service.process import allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(allow_open_files(int(sys.argv[3])), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "allowed", "then"),
    [
        (100, 1000, 500, 500, 500),
        (100, 1000, 5000, 1000, 1000),
        (800, 1000, 500, 500, 800),
    ],
)
def test_open_files_are_allowed_as_far_as_the_system_lets(
    soft: int, hard: int, wanted: int, allowed: int, then: int
) -> None:
    command = [sys.executable, "-c", SCRIPT, *map(str, (soft, hard, wanted))]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout.split() == [str(allowed), str(then)]
