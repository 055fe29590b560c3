"""The commands: arguments in, sentences and exit codes out."""

import argparse
import asyncio
import http.client
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from homecall_appliance import __version__
from homecall_appliance.config.loader import ConfigError, load
from homecall_appliance.config.manual import dump
from homecall_appliance.config.model import Config

DEFAULT_CONFIG = Path("/etc/homecall-appliance/homecall.toml")

OK, FAILED, BAD_CONFIG, NOT_RUNNING = 0, 1, 2, 3
"""Exit codes."""

CONTROL_TIMEOUT = 5.0
"""Seconds that the running daemon may take to answer."""


class NotRunning(Exception):
    """The daemon does not answer; `str()` is a sentence for the owner."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    options = _parser().parse_args(arguments)
    if not options.debug:
        sys.excepthook = _say_in_a_sentence
    try:
        code = options.command(options)
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        code = BAD_CONFIG
    except NotRunning as error:
        print(error, file=sys.stderr)
        code = NOT_RUNNING
    sys.exit(code)


def _say_in_a_sentence(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,  # noqa: ARG001
) -> None:
    """Show a person what went wrong; the interpreter then exits with 1."""
    if not issubclass(kind, KeyboardInterrupt):
        print(
            f"Something went wrong: {error or kind.__name__} (--debug shows where.)",
            file=sys.stderr,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homecall-appliance",
        description="A plug-in home intercom: scan the code, be in a call.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        each = commands.add_parser(name, help=text, description=text)
        each.add_argument("--config", type=Path, metavar="FILE", help="the configuration to use")
        each.add_argument("--debug", action="store_true", default=argparse.SUPPRESS)
        each.set_defaults(command=run)
        return each

    command("run", _run, "Run the appliance in the foreground.")
    command("check-config", _check_config, "Report every error of the configuration.")
    show = command("show-config", _show_config, "Show the effective configuration as TOML.")
    show.add_argument("--changed", action="store_true", help="only what differs from the defaults")
    status = command("status", _status, "Show the state of the running appliance.")
    status.add_argument("--json", action="store_true", help="as JSON")
    link = command("link", _link, "Show the link of the moment, with its code.")
    link.add_argument("--json", action="store_true", help="as JSON")
    link.add_argument("--png", type=Path, metavar="FILE", help="write the code as a picture")
    return parser


def _config(options: argparse.Namespace) -> Config:
    """Load the file of --config, else of $HOMECALL_CONFIG, else the system's if there is one."""
    named = options.config or os.environ.get("HOMECALL_CONFIG")
    if named:
        return load(Path(named), os.environ)
    return load(DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None, os.environ)


def _run(options: argparse.Namespace) -> int:
    import uvloop  # noqa: PLC0415 - a second of imports, for this one only

    from homecall_appliance import app  # noqa: PLC0415
    from homecall_appliance.service import journal  # noqa: PLC0415

    config = _config(options)
    journal.set_up(config.log.level, os.environ)

    async def until_signal() -> None:
        stop = asyncio.Event()
        ending = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            ending.remove(signal.SIGHUP)  # nohup(1): the terminal may go, the appliance stays
        for number in ending:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await app.run(config, os.environ, stop)

    try:
        uvloop.run(until_signal())
    except app.StartError as error:
        print(error, file=sys.stderr)
        return FAILED
    return OK


def _check_config(options: argparse.Namespace) -> int:
    _config(options)
    print("The configuration is fine.")
    return OK


def _show_config(options: argparse.Namespace) -> int:
    print(dump(_config(options), options.changed), end="")
    return OK


def _status(options: argparse.Namespace) -> int:
    status = _ask(_config(options), "/status")
    if options.json:
        print(json.dumps(status, indent=2))
        return OK
    calls = len(status["calls"])
    print(f"HomeCall Appliance {status['version']} is running, {calls} call(s) with it now.")
    print(f"Link: {status['link']['url']}")
    for device in ("camera", "audio"):
        state = status[device]
        print(f"{device.capitalize()}: {state['problem'] or state['state']}")
    return OK


def _link(options: argparse.Namespace) -> int:
    from homecall_appliance.display.image import code_png  # noqa: PLC0415
    from homecall_appliance.display.terminal import Terminal  # noqa: PLC0415
    from homecall_appliance.display.view import LinkView, screen_language  # noqa: PLC0415

    config = _config(options)
    link = _ask(config, "/link")
    if options.png:
        options.png.write_bytes(code_png(link["url"]))
    if options.json:
        print(json.dumps(link))
    elif sys.stdout.isatty():
        language = screen_language(config.ui.language, os.environ)
        screen = Terminal(sys.stdout, language)
        screen.show(LinkView(link["url"]))
        screen.close()
    else:
        print(link["url"])
    return OK


def _ask(config: Config, path: str) -> Mapping[str, Any]:
    """Ask the running daemon; raises NotRunning."""
    place = config.server.control_socket
    connection = _UnixConnection(place)
    try:
        connection.request("GET", path)
        answer: Mapping[str, Any] = json.loads(connection.getresponse().read())
    except PermissionError as error:
        raise NotRunning(f"You may not ask the appliance at {place}. Try it with sudo.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotRunning(
            f"The appliance is not running: nothing answers at {place}. "
            "Start it with: sudo systemctl start homecall-appliance"
        ) from error
    finally:
        connection.close()
    return answer


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=CONTROL_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
