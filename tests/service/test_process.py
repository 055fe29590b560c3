"""What the daemon takes of the machine."""

import subprocess
import sys

import pytest

FLOOD = """
from pathlib import Path
from homecall_appliance.service.process import give_back_memory, usage
blocks = [bytes(1000) for _ in range(200_000)]
kept = blocks[::1000]
full = usage().rss_bytes
del blocks
before = usage().rss_bytes
give_back_memory()
print(full, before, usage().rss_bytes)
"""

CAPABILITIES = """
import ctypes, subprocess
from homecall_appliance.service.process import keep_capabilities
libc, header = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)()
libc.capget(header, sets)
sets[2], sets[5] = sets[1], sets[4]  # what is inheritable may be ambient
libc.capset(header, sets)
libc.prctl(47, 2, 10, 0, 0)  # PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE
for keep in (lambda: None, keep_capabilities):
    keep()
    own = open("/proc/self/status").read()
    others = subprocess.check_output(["cat", "/proc/self/status"], text=True)
    print(*(int(s.split("Cap" + name + ":")[1].split()[0], 16)
            for s, name in ((own, "Eff"), (others, "Amb"))))
"""

SCRIPT = """
import resource, sys
from homecall_appliance.service.process import allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(allow_open_files(int(sys.argv[3])), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""

SPINNING = """
import asyncio, os, resource, threading
from homecall_appliance.service.process import survive_spinning_threads

async def main():
    survive_spinning_threads()
    loop, calm = asyncio.get_running_loop(), asyncio.Event()

    def spin():
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
        while os.sched_getscheduler(0) == os.SCHED_RR:
            pass
        loop.call_soon_threadsafe(calm.set)

    for _ in range(3):
        calm.clear()
        thread = threading.Thread(target=spin)
        thread.start()
        await calm.wait()  # who asked for Python's lock now and then would let the thread rest
        thread.join()
        print(resource.getrlimit(resource.RLIMIT_RTTIME))

resource.setrlimit(resource.RLIMIT_RTTIME, (200_000, 30_000_000))
asyncio.run(main())
"""


def test_no_other_process_gets_its_capabilities() -> None:
    command = [sys.executable, "-c", CAPABILITIES]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    (before, passed_on), (after, kept) = (
        map(int, line.split()) for line in result.stdout.splitlines()
    )
    assert passed_on == before & 1 << 10, "only who has it can pass it on"
    assert (after, kept) == (before, 0)


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


@pytest.mark.apt
def test_a_thread_that_spins_loses_its_priority_and_nothing_ends() -> None:
    result = subprocess.run(
        [sys.executable, "-c", SPINNING], check=True, capture_output=True, text=True
    )
    assert result.stdout.splitlines() == ["(200000, 30000000)"] * 3


def test_memory_that_is_free_goes_back_to_the_system() -> None:
    result = subprocess.run([sys.executable, "-c", FLOOD], check=True, capture_output=True)
    full, before, after = map(int, result.stdout.split())
    assert after < before - 100_000_000 < full
