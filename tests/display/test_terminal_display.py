"""The terminal: what stands on it is read by real decoders, on dark and on light themes."""

import fcntl
import io
import os
import pty
import struct
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from homecall_appliance.display.factory import Backend, open_display, tell_failure
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.terminal import Terminal as TerminalDisplay
from homecall_appliance.display.view import (
    BusyView,
    InCall,
    LinkView,
    NetworkView,
    RingingView,
    StartingView,
    View,
)
from tests.display.display_world import IPV6, LONG, SHORT, USUAL, Terminal, decoded, decoded_by_zbar
from tests.display.panels import MARK


class Tty(io.StringIO):
    """A stream that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def size(columns: int, rows: int) -> Callable[[], os.terminal_size]:
    return lambda: os.terminal_size((columns, rows))


def seen(*views: View, columns: int = 80, rows: int = 24, dark: bool = True) -> Terminal:
    """The terminal after these views, shown one after the other."""
    stream = Tty()
    display = TerminalDisplay(stream, "ru", size(columns, rows))
    for view in views:
        display.show(view)
    terminal = Terminal(columns, rows, dark=dark)
    terminal.feed(stream.getvalue())
    return terminal


@pytest.mark.apt
@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize(
    ("url", "columns", "rows"),
    [
        (SHORT, 80, 24),
        (USUAL, 80, 24),
        (USUAL, 80, 50),
        (USUAL, 45, 40),
        (IPV6, 100, 30),
        (LONG, 120, 60),
    ],
)
def test_readers_read_it(tmp_path: Path, url: str, columns: int, rows: int, dark: bool) -> None:
    terminal = seen(LinkView(url), columns=columns, rows=rows, dark=dark)
    assert decoded(terminal.picture()) == [url]
    assert decoded_by_zbar(terminal.picture(), tmp_path) == [url]
    assert url in "".join(terminal.text())


@pytest.mark.apt
@pytest.mark.parametrize(
    ("url", "columns", "rows", "room"),
    [
        (SHORT, 80, 24, True),
        (USUAL, 80, 24, True),
        (USUAL, 80, 50, True),
        (USUAL, 45, 30, True),
        (USUAL, 45, 29, False),
        (LONG, 120, 60, True),
    ],
)
def test_a_fingerprint_is_written_where_there_is_room(
    tmp_path: Path, url: str, columns: int, rows: int, room: bool
) -> None:
    plain, marked = (
        seen(view, columns=columns, rows=rows)
        for view in (LinkView(url), LinkView(url, fingerprint=MARK))
    )
    assert decoded(marked.picture()) == decoded(plain.picture()) == [url]
    assert decoded_by_zbar(marked.picture(), tmp_path) == [url]
    text = " ".join(" ".join(line.split("  ")[-1] for line in marked.text()).split())
    assert (f"Отпечаток: {MARK}" in text) is room
    if not room:
        assert marked.text() == plain.text()


@pytest.mark.parametrize("url", [SHORT, USUAL])
def test_code_link_and_sentence_fit_a_usual_terminal(url: str) -> None:
    lines = seen(LinkView(url)).text()
    assert url in lines
    assert "Наведите камеру" in "".join(lines)


@pytest.mark.apt
def test_plain_text_is_read_as_black_ink_on_white_paper(tmp_path: Path) -> None:
    stream = io.StringIO()
    display = TerminalDisplay(stream, "en", size(10, 10))
    display.show(LinkView(USUAL))
    assert "\x1b" not in stream.getvalue()
    assert USUAL in stream.getvalue().splitlines()
    paper = Terminal(80, 50, dark=False)
    paper.feed(stream.getvalue())
    assert decoded(paper.picture()) == [USUAL]
    assert decoded_by_zbar(paper.picture(), tmp_path) == [USUAL]


def test_plain_text_is_appended_once_for_each_change() -> None:
    stream = io.StringIO()
    display = TerminalDisplay(stream, "en")
    views: list[View] = [
        StartingView(),
        LinkView(SHORT),
        LinkView(SHORT),
        LinkView(SHORT, "call", 1),
        LinkView(USUAL),
    ]
    for view in views:
        display.show(view)
    display.close()
    lines = stream.getvalue().splitlines()
    links = [line for line in lines if line.startswith("https://")]
    assert links == [SHORT, SHORT, USUAL]
    assert lines[0] == "HomeCall is starting…"


def test_a_view_takes_the_place_of_the_last_one() -> None:
    terminal = seen(LinkView(SHORT), LinkView(USUAL))
    assert decoded(terminal.picture()) == [USUAL]
    terminal = seen(LinkView(USUAL), BusyView(1))
    assert decoded(terminal.picture()) == []
    assert terminal.text()[:2] == [
        "Идёт разговор",
        "Новый код появится, когда закончится разговор.",
    ]
    terminal = seen(BusyView(1), NetworkView())
    assert terminal.text()[0] == "Нет сети"


def test_what_stood_there_before_is_scrolled_up_not_lost() -> None:
    stream = Tty()
    display = TerminalDisplay(stream, "en", size(80, 24))
    display.show(LinkView(USUAL))
    display.show(LinkView(SHORT))
    terminal = Terminal(80, 24, dark=True)
    terminal.feed("$ make run\n" + stream.getvalue())
    assert terminal.scrolled[0] == "$ make run"
    assert not "".join(terminal.scrolled[1:])
    assert decoded(terminal.picture()) == [SHORT]


def test_a_line_of_the_log_leaves_the_code_readable() -> None:
    stream = Tty()
    TerminalDisplay(stream, "en", size(80, 24)).show(LinkView(USUAL))
    terminal = Terminal(80, 24, dark=False)
    terminal.feed(stream.getvalue() + "CALL_STATE=active\n")
    assert decoded(terminal.picture()) == [USUAL]


@pytest.mark.parametrize(("columns", "rows"), [(44, 40), (80, 23), (20, 10), (1, 1)])
def test_a_small_window_has_the_link_and_says_so(columns: int, rows: int) -> None:
    stream = Tty()
    TerminalDisplay(stream, "en", size(columns, rows)).show(LinkView(USUAL))
    words = " ".join(stream.getvalue().split())
    assert USUAL in words
    assert "█" not in words
    if columns > 10:
        assert "The screen is too small for the code" in words


def test_an_unchanged_view_is_not_drawn_again() -> None:
    stream = Tty()
    display = TerminalDisplay(stream, "en", size(80, 24))
    display.show(LinkView(USUAL))
    drawn = stream.getvalue()
    display.show(LinkView(USUAL))
    assert stream.getvalue() == drawn


def test_who_rings_and_what_is_off_is_written_and_not_each_second() -> None:
    stream = Tty()
    display = TerminalDisplay(stream, "en", size(80, 24))
    written = []
    for view in (
        RingingView(9, 45, "Enter", "Esc"),
        RingingView(8, 45, "Enter", "Esc"),
        BusyView(1, InCall(muted=True, seconds=1)),
        BusyView(1, InCall(muted=True, seconds=2)),
        LinkView(USUAL, missed="14:05", clock="15:20"),
        LinkView(USUAL, missed="14:05", clock="15:21"),
    ):
        before = len(stream.getvalue())
        display.show(view)
        written.append(stream.getvalue()[before:])
    for text, words in zip(
        written[::2],
        ("Press Enter to answer, Esc to decline.", "Microphone off", "Someone was here at 14:05"),
        strict=True,
    ):
        assert words in text
    assert written[1::2] == ["", "", ""]


def test_another_size_of_the_window_is_another_drawing() -> None:
    stream, window = Tty(), [(80, 24)]
    display = TerminalDisplay(stream, "en", lambda: os.terminal_size(window[0]))
    display.show(LinkView(USUAL))
    before = len(stream.getvalue())
    window[0] = 120, 50
    display.show(LinkView(USUAL))
    terminal = Terminal(120, 50, dark=True)
    terminal.feed(stream.getvalue()[before:])
    assert decoded(terminal.picture()) == [USUAL]
    assert USUAL in terminal.text()


def test_closing_ends_the_line_where_something_was_shown() -> None:
    stream = Tty()
    display = TerminalDisplay(stream, "en", size(80, 24))
    display.close()
    assert stream.getvalue() == ""
    display.show(StartingView())
    display.close()
    assert stream.getvalue().endswith("\x1b[m\n")


def test_a_character_set_without_half_blocks_is_refused() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="koi8-r", errors="strict")
    TerminalDisplay(stream, "ru")  # KOI8-R has the half blocks
    with pytest.raises(DisplayError, match=r"iso-8859-5 cannot show the code. Set LANG"):
        TerminalDisplay(io.TextIOWrapper(io.BytesIO(), encoding="iso-8859-5"), "ru")


def test_a_lost_terminal_is_a_display_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    raw = os.fdopen(writer, "wb", buffering=0)
    display = TerminalDisplay(io.TextIOWrapper(raw, encoding="utf-8", write_through=True), "en")
    with pytest.raises(DisplayError, match="The terminal is gone: Broken pipe"):
        display.show(StartingView())
    raw.close()


@contextmanager
def console(columns: int = 100, rows: int = 40) -> Iterator[tuple[Path, Callable[[], str]]]:
    """A terminal that nothing was started in, such as /dev/tty1; and what is written there."""
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def written() -> str:
        data = b""
        with suppress(BlockingIOError):  # each read gives 4 KB at most
            while True:
                data += os.read(master, 1 << 16)
        return data.decode().replace("\r\n", "\n")

    yield Path(os.ttyname(slave)), written
    os.close(slave)
    os.close(master)


@pytest.mark.apt
@pytest.mark.parametrize(("columns", "rows", "beside"), [(160, 46, True), (160, 50, False)])
def test_a_font_without_half_blocks(tmp_path: Path, columns: int, rows: int, beside: bool) -> None:
    lacking = [False]
    with console(columns, rows) as (path, written), path.open("w") as stream:
        display = TerminalDisplay(
            stream, "en", size(columns, rows), lacks=lambda _, characters: lacking[0]
        )
        display.show(LinkView(USUAL))
        assert "▀" in written()
        lacking[0] = True
        display.show(LinkView(USUAL))
        drawn = written()
        display.show(LinkView(USUAL))
        assert written() == ""
        assert not {"▀", "▄"}.intersection(drawn)
        screen = Terminal(columns, rows, dark=True)
        screen.feed(drawn)
        assert decoded(screen.picture()) == [USUAL]
        assert decoded_by_zbar(screen.picture(), tmp_path) == [USUAL]
        assert (screen.text()[0] == USUAL) == beside
        display.close()


def test_a_font_without_cyrillic_has_english_words() -> None:
    lacking = [True]
    with console(100, 50) as (path, written), path.open("w") as stream:
        display = TerminalDisplay(
            stream,
            "ru",
            size(100, 50),
            lacks=lambda _, characters: lacking[0] and not characters.isascii(),
        )
        display.show(StartingView())
        assert "HomeCall is starting" in written()
        lacking[0] = False
        display.show(StartingView())
        assert "запускается" in written()
        display.close()


@pytest.mark.parametrize("backend", ["auto", "terminal"])
@pytest.mark.parametrize("named", [True, False])
def test_the_console_is_found(backend: Backend, named: bool) -> None:
    with console() as (path, written):
        device, there = (str(path), Path("/nowhere")) if named else ("", path)
        display = open_display(backend, device, 0, language="en", stream=None, console=there)
        display.show(LinkView(USUAL))
        screen = Terminal(100, 40, dark=True)
        screen.feed(written())
        display.close()
        assert decoded(screen.picture()) == [USUAL]


def test_who_asks_for_a_terminal_may_read_it_through_a_pipe() -> None:
    pipe = io.StringIO()
    open_display("terminal", "", 0, language="en", stream=pipe).show(LinkView(USUAL))
    assert USUAL in pipe.getvalue()


def test_the_console_is_left_for_a_screen_whose_driver_comes_late(tmp_path: Path) -> None:
    with console() as (path, _):
        display = open_display(
            "auto", "", 0, language="en", stream=io.StringIO(), console=path, dev=tmp_path
        )
        display.show(LinkView(USUAL))
        display.show(LinkView(SHORT))
        (tmp_path / "fb0").touch()
        with pytest.raises(DisplayError, match=r"Another screen was found\."):
            display.show(LinkView(SHORT))
        display.close()


def test_a_failed_start_is_told_on_the_console() -> None:
    with console(80, 24) as (path, written):
        reasons = ("server.https_port: give an integer.", "camera.colour: there is no such key.")
        tell_failure(reasons, "en", tried_again=False, console=path)
        terminal = Terminal(80, 24, dark=True)
        terminal.feed(written())
    text = " ".join(terminal.text())
    for part in (*reasons, "cannot start", "restart homecall-appliance", "Ctrl+Alt+F2"):
        assert part in text
    tell_failure(reasons, "en", tried_again=False, console=Path("/nowhere"))


def test_a_serial_line_does_not_tell_its_size() -> None:
    with console(0, 0) as (path, written):
        display = open_display("terminal", str(path), 0, language="en", stream=io.StringIO())
        display.show(LinkView(USUAL))
        terminal = Terminal(80, 24, dark=True)
        terminal.feed(written())
        display.close()
        assert decoded(terminal.picture()) == [USUAL]


def test_the_terminal_of_the_command_comes_first() -> None:
    with console() as (path, written):
        stream = Tty()
        display = open_display("auto", "", 0, language="en", stream=stream, console=path)
        display.show(LinkView(USUAL))
        assert USUAL in stream.getvalue()
        assert written() == ""


def test_without_a_screen_the_code_goes_nowhere(tmp_path: Path) -> None:
    journal = io.StringIO()
    file = tmp_path / "file"
    file.touch()
    for console_path in (tmp_path / "missing", file):
        with pytest.raises(
            DisplayError, match=r"nobody can scan the code\..*homecall-appliance link"
        ):
            open_display("auto", "", 0, language="en", stream=journal, console=console_path)
    assert journal.getvalue() == "" == file.read_text()


@pytest.mark.parametrize(
    ("device", "sentence"),
    [("/nowhere/tty", "No such file or directory"), ("/dev/null", "/dev/null is no terminal")],
)
def test_a_terminal_that_is_none_is_refused(device: str, sentence: str) -> None:
    with pytest.raises(DisplayError, match=sentence):
        open_display("terminal", device, 0, language="en", stream=io.StringIO())
