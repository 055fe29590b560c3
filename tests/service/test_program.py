"""An owner's program: what it is given and what is kept of it, and that none holds the appliance up
or is left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from homecall_appliance.service.program import LONGEST_INPUT, Ended, Kept, NotStarted, Program
from tests.support.program import children, gone, open_files, program, runs, said, started

FOREVER = 1000.0
SHORT = 0.3

FIRST, LAST = Kept(slice(10)), Kept(slice(-10, None))
LOOPS = pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])

NewLoop = Callable[[], asyncio.AbstractEventLoop]


def of(
    path: str,
    *arguments: str,
    time_limit: float = FOREVER,
    kept: Kept | None = None,
    leaves_running: bool = False,
) -> Program:
    return Program([path, *arguments], "some.key", time_limit, {"WORD": "x"}, kept, leaves_running)


async def test_it_gets_its_arguments_without_a_shell(tmp_path: Path) -> None:
    path = program(tmp_path, 'printf "%s|" "$@" >said')
    await of(path, "front door", "$HOME", ";", "*", "-x").run()
    assert said(tmp_path) == ["front door|$HOME|;|*|-x|"]


async def test_it_gets_no_secrets_of_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMECALL_MQTT__PASSWORD", "secret")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    await of(program(tmp_path, "env >said")).run()
    # PWD and OLDPWD, SHLVL and _ are the shell's own.
    names = {line.partition("=")[0] for line in said(tmp_path)} - {"PWD", "OLDPWD", "SHLVL", "_"}
    assert names == {"PATH", "LC_ALL", "WORD"}


async def test_it_is_not_told_by_the_daemons_terminal(tmp_path: Path) -> None:
    """Ctrl+C would end it as well."""
    await of(program(tmp_path, 'cut -d" " -f6 /proc/$$/stat >said; echo $$ >>said')).run()
    session, pid = said(tmp_path)
    assert int(session) == int(pid)


@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", -9), ("exec /nowhere 2>said", 127)],
)
async def test_its_exit_status_is_told(tmp_path: Path, script: str, status: int) -> None:
    assert await of(program(tmp_path, script)).run() == Ended(status)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/nowhere/program", "No such file or directory"), ("/etc/passwd", "Permission denied")],
)
@pytest.mark.parametrize("kept", [None, FIRST])
async def test_one_that_cannot_be_started_is_told(
    path: str, reason: str, kept: Kept | None
) -> None:
    with pytest.raises(NotStarted) as error:
        await of(path, kept=kept).run(b"hello")
    assert str(error.value) == (
        f"The program {path} cannot be started ({reason}). Check some.key, and that the user of "
        "the service may run it."
    )


async def test_it_may_read_what_it_is_given(tmp_path: Path) -> None:
    await of(program(tmp_path, "cat >said")).run(b"one\ntwo\n")
    assert said(tmp_path) == ["one", "two"]
    await of(program(tmp_path, "cat >said")).run()
    assert said(tmp_path) == []


@pytest.mark.parametrize("script", ["exec <&-; exit 0", "exit 0", "head -c 1 >said"])
async def test_nobody_needs_to_read_it(tmp_path: Path, script: str) -> None:
    assert (await of(program(tmp_path, script)).run(b"x" * LONGEST_INPUT)).status == 0


async def test_what_is_not_kept_is_the_journals(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """That is its errors: ten megabytes beside them do not hold it up."""
    script = "yes 0123456789 | head -c 10000000; echo no bell >&2"
    assert await of(program(tmp_path, script)).run() == Ended(0)
    assert capfd.readouterr() == ("", "no bell\n")


@pytest.mark.parametrize(
    ("kept", "script", "output"),
    [
        (FIRST, "echo one; echo two >&2; exit 1", "one\ntwo\n"),
        (FIRST, "yes 0123456789 | head -c 300000; echo end", "0123456789"),
        (LAST, "yes 0123456789 | head -c 300000; echo; echo end", "34567\nend\n"),
        (FIRST, r"printf 'x\377y'", "x\N{REPLACEMENT CHARACTER}y"),
        (FIRST, "", ""),
    ],
)
async def test_what_is_kept(tmp_path: Path, kept: Kept, script: str, output: str) -> None:
    assert (await of(program(tmp_path, script), kept=kept).run()).output == output


async def test_what_it_wrote_before_it_was_ended_is_kept(tmp_path: Path) -> None:
    script = "echo Waiting; sleep 1000"
    ended = await of(program(tmp_path, script), time_limit=SHORT, kept=FIRST).run()
    assert ended == Ended(None, "Waiting\n")


async def test_one_that_never_ends_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! >>said; echo $$ >>said; wait"
    for leaves_running in (False, True):
        path = program(tmp_path, script)
        ended = await of(path, time_limit=SHORT, leaves_running=leaves_running).run()
        assert ended == Ended(None)
    for pid in await started(tmp_path, 4):
        await gone(pid)


async def test_one_that_does_not_heed_the_signal_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo $$ >said; while :; do sleep 0.1; done"
    assert await of(program(tmp_path, script), time_limit=SHORT).run() == Ended(None)
    assert not runs((await started(tmp_path))[0])


async def test_one_that_is_ended_may_clean_up(tmp_path: Path) -> None:
    script = "trap 'echo clean >>said; exit 0' TERM; echo ready >said; while :; do sleep 0.01; done"
    assert await of(program(tmp_path, script), time_limit=SHORT).run() == Ended(None)
    assert said(tmp_path) == ["ready", "clean"]


@LOOPS
def test_what_is_left_in_the_background_ends_with_it(new_loop: NewLoop, tmp_path: Path) -> None:
    """It may hold open whatever it likes: nobody waits for that."""
    left = of(program(tmp_path, "sleep 1000 & echo $! >>said"), kept=FIRST)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        for count in range(1, 4):
            runner.run(left.run())
            runner.run(gone(runner.run(started(tmp_path, count))[-1]))


@LOOPS
def test_what_may_go_on_is_not_waited_for_and_may_write(new_loop: NewLoop, tmp_path: Path) -> None:
    """Nobody is ended by SIGPIPE, and the pipe is closed when all have ended."""
    script = "(while [ ! -e go ]; do sleep 0.01; done; echo on; echo $? >said) & echo done"
    left = of(program(tmp_path, script), kept=FIRST, leaves_running=True)

    async def run() -> None:
        await of("/bin/true").run()  # what the loop opens for all programs, it keeps
        before = open_files()
        assert await left.run() == Ended(0, "done\n")
        (tmp_path / "go").touch()
        assert await started(tmp_path) == [0]
        while open_files() != before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run())


async def test_one_who_goes_on_and_never_stops_writing_holds_nobody_up(tmp_path: Path) -> None:
    path = program(tmp_path, "yes & echo $! >said")
    ended = await of(path, kept=LAST, leaves_running=True).run()
    assert ended.status == 0
    (pid,) = await started(tmp_path)
    os.kill(pid, signal.SIGKILL)
    await gone(pid)


async def test_what_others_write_after_its_end_can_be_waited_for(tmp_path: Path) -> None:
    path = program(tmp_path, "(sleep 0.1; echo late) & echo done")
    kept = Kept(slice(100), linger=FOREVER)
    assert await of(path, kept=kept, leaves_running=True).run() == Ended(0, "done\nlate\n")


async def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    await of(sys.executable, "-c", "").run()
    before = open_files()
    for path in (program(tmp_path, "echo x; exit 1"), "/nowhere/program"):
        for kept in (FIRST, None):
            try:
                await of(path, kept=kept).run(b"hello")
            except NotStarted:
                assert path == "/nowhere/program"
    while open_files() != before:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("ignoring", ["", "trap '' TERM; "])
async def test_it_ends_with_the_daemon(tmp_path: Path, ignoring: str) -> None:
    script = f"{ignoring}echo $$ >said; while :; do sleep 0.1; done"
    task = asyncio.create_task(of(program(tmp_path, script), kept=FIRST).run())
    (pid,) = await started(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not os.path.exists(f"/proc/{pid}")  # noqa: ASYNC240, PTH110


@pytest.mark.parametrize("turns", range(8))
async def test_it_ends_with_the_daemon_while_it_starts(tmp_path: Path, turns: int) -> None:
    path = program(tmp_path, "exec sleep 1000")
    task = asyncio.create_task(of(path, kept=FIRST, leaves_running=True).run())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not children()


async def test_it_is_killed_when_the_daemon_cannot_wait(tmp_path: Path) -> None:
    """Who is cancelled once more waits no longer for a program that cleans up."""
    script = "trap 'echo $$ >>said' TERM; echo $$ >said; while :; do sleep 0.01; done"
    task = asyncio.create_task(of(program(tmp_path, script)).run())
    await started(tmp_path)
    task.cancel()
    pid, _ = await started(tmp_path, 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not runs(pid)
