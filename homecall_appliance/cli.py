"""The commands: arguments in, sentences and exit codes out."""

import argparse
import asyncio
import faulthandler
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from homecall_appliance import __version__
from homecall_appliance.config.loader import ConfigError, load
from homecall_appliance.config.manual import dump
from homecall_appliance.config.model import Config
from homecall_appliance.control.client import NotRunning, act, ask, ask_status
from homecall_appliance.control.not_done import NotDone
from homecall_appliance.control.status_text import in_words
from homecall_appliance.service import unit
from homecall_appliance.service.unit import Unit

if TYPE_CHECKING:
    from homecall_appliance.doctor.facts import Facts, Settings
    from homecall_appliance.doctor.finding import Finding

DEFAULT_CONFIG = Path("/etc/homecall-appliance/homecall.toml")

AUDIO_TIMEOUT = 60.0
"""Seconds: nine of sound, and what a Raspberry Pi 3 needs to import, measure and cancel."""

SERVERS_TIMEOUT = 60.0
"""Seconds: five for a server that is silent, and what a Raspberry Pi 3 needs to import aiortc."""

OK, FAILED, BAD_CONFIG, NOT_RUNNING = 0, 1, 2, 3
"""Exit codes."""


class Failure(Exception):
    """A command cannot do its work; `str()` is a sentence for the owner."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    options = parser().parse_args(arguments)
    if not options.debug:
        sys.excepthook = _say_in_a_sentence
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of devices and files may have what the terminal cannot show.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = options.command(options)
        sys.stdout.flush()
    except (ConfigError, NotRunning, NotDone, Failure) as error:
        if options.debug:
            traceback.print_exc()
        print(error, file=sys.stderr)
        code = _EXIT_CODES[type(error)]
    except BrokenPipeError:
        # Who reads our output has seen enough (`doctor | head -1`); the interpreter flushes again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    sys.exit(code)


_ACTIONS = (
    ("answer", "Let the visitor in that the house rings for.", "It rings for nobody."),
    ("decline", "Tell the visitor that nobody can answer now.", "It rings for nobody."),
    ("hangup", "End every call with the appliance.", "There is no call."),
    ("mute", "Mute the microphone in a call, or let it be heard again.", "There is no call."),
    ("camera", "Close the camera in a call, or open it again.", "There is no call."),
    ("open", "Open the door to who rings, or is in a call.", "There is no call, or no door."),
)
"""Commands that do what the keys at the appliance do, and why there may be nothing to do."""

_EXIT_CODES = {ConfigError: BAD_CONFIG, NotRunning: NOT_RUNNING, NotDone: FAILED, Failure: FAILED}


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


def parser() -> argparse.ArgumentParser:
    """The command line, from which the manual and the shells' completion are made as well."""
    root = argparse.ArgumentParser(
        prog="homecall-appliance",
        description="A plug-in home intercom: scan the code, be in a call.",
    )
    root.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    root.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

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
    doctor = command("doctor", _doctor, "Check everything that calls need, and say what to do.")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    reach = command("reach", _reach, "Tell from how far phones reach the appliance.")
    reach.add_argument("--json", action="store_true", help="as JSON")
    devices = command("devices", _devices, "List cameras, microphones, speakers and displays.")
    devices.add_argument("--json", action="store_true", help="as JSON")
    for name, text, _ in _ACTIONS:
        command(name, _act, text).set_defaults(action=name)
    command("keys", _keys, "Show what each press of a key is called, and what it does.")
    audio = command("audio-test", _audio_test, "Measure the sound, and say whether it is good.")
    audio.add_argument("--json", action="store_true", help="as JSON")
    status = command("status", _status, "Show the state of the running appliance.")
    status.add_argument("--json", action="store_true", help="as JSON")
    link = command("link", _link, "Show the link of the moment, with its code.")
    link.add_argument("--json", action="store_true", help="as JSON")
    link.add_argument("--png", type=Path, metavar="FILE", help="write the code as a picture")
    return root


def _config(options: argparse.Namespace) -> Config:
    """The configuration of the appliance that a command is about."""
    return load(_config_file(options), _environment(_unit(options)))


def _unit(options: argparse.Namespace) -> Unit | None:
    """The installed service, where the configuration is its own."""
    return unit.installed() if _config_file(options) in (None, DEFAULT_CONFIG) else None


def _environment(service: Unit | None) -> Mapping[str, str]:
    """What overrides the file: the service's environment, and above it that of the command."""
    return {**(service.environment if service else {}), **os.environ}


def _config_file(options: argparse.Namespace) -> Path | None:
    """The file of --config, else of $HOMECALL_CONFIG, else the system's if there is one."""
    named = options.config or os.environ.get("HOMECALL_CONFIG")
    if named:
        return Path(named)
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def _run(options: argparse.Namespace) -> int:
    import uvloop  # noqa: PLC0415 - a second of imports, for this one only

    from homecall_appliance.app import appliance  # noqa: PLC0415
    from homecall_appliance.app.display import tell_on_console  # noqa: PLC0415
    from homecall_appliance.service import journal  # noqa: PLC0415

    try:
        config = load(_config_file(options), os.environ)
    except ConfigError as error:
        # See RestartPreventExitStatus= in systemd/homecall-appliance.service.
        tell_on_console(error, error.remaining, os.environ, tried_again=False)
        raise
    journal.set_up(config.log.level, config.log.format, os.environ)
    faulthandler.enable()  # systemd ends a daemon that hangs by SIGABRT: say where it hung

    async def until_signal() -> None:
        stop = asyncio.Event()
        ending = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            ending.remove(signal.SIGHUP)  # nohup(1): the terminal may go, the appliance stays
        for number in ending:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await appliance.run(config, os.environ, stop)

    try:
        uvloop.run(until_signal())
    except appliance.StartError as error:
        tell_on_console(error, config, os.environ, tried_again=True)
        raise Failure(str(error)) from error
    return OK


def _check_config(options: argparse.Namespace) -> int:
    from homecall_appliance.doctor.checks.withheld import problem  # noqa: PLC0415
    from homecall_appliance.doctor.probes.withheld import withheld  # noqa: PLC0415

    file, service = _config_file(options), _unit(options)
    config = load(file, _environment(service))
    if service and (kept := withheld(service, config, file)):
        raise ConfigError([problem(each) for each in kept], config)
    print("The configuration is fine.")
    return OK


def _show_config(options: argparse.Namespace) -> int:
    print(dump(_config(options), options.changed), end="")
    return OK


def _doctor(options: argparse.Namespace) -> int:
    from homecall_appliance.doctor import checks, gather  # noqa: PLC0415
    from homecall_appliance.doctor.isolated import look  # noqa: PLC0415

    settings, service = _settings(options)
    facts = gather.gather(settings, partial(look, debug=options.debug), service)
    return _report(options, facts, checks.examine(facts))


def _settings(options: argparse.Namespace) -> tuple["Settings", Unit | None]:
    """The configuration with its errors, and the service that it is of."""
    from homecall_appliance.doctor.facts import Settings  # noqa: PLC0415

    file, service = _config_file(options), _unit(options)
    place = str(file or "")
    try:
        return Settings(load(file, _environment(service)), place), service
    except ConfigError as error:
        return Settings(error.remaining, place, error.problems), service


def _report(options: argparse.Namespace, facts: "Facts", findings: Sequence["Finding"]) -> int:
    """Print what was found out, and return the exit code."""
    from homecall_appliance.doctor import finding  # noqa: PLC0415
    from homecall_appliance.doctor.facts import Daemon  # noqa: PLC0415

    if options.json:
        running = facts.appliance.state is not Daemon.STOPPED
        report = finding.as_json(findings, version=__version__, running=running)
        print(json.dumps(report, indent=2))
    else:
        print(*finding.lines(findings, encoding=sys.stdout.encoding), sep="\n")
    return OK if finding.all_fine(findings) else FAILED


def _reach(options: argparse.Namespace) -> int:
    from homecall_appliance.app.ice import IceServers  # noqa: PLC0415
    from homecall_appliance.doctor import gather  # noqa: PLC0415
    from homecall_appliance.doctor.checks.reach import reach  # noqa: PLC0415
    from homecall_appliance.doctor.isolated import look  # noqa: PLC0415

    settings, _ = _settings(options)
    servers = IceServers(settings.config.ice)
    without_credentials = [each.sentence for each in asyncio.run(servers.fetch())]
    named = [each.to_json() for each in servers.of_participant()]
    looking = partial(look, timeout=SERVERS_TIMEOUT, debug=options.debug)
    facts = gather.gather_reach(settings, named, without_credentials, looking)
    return _report(options, facts, reach(facts))


def _devices(options: argparse.Namespace) -> int:
    from homecall_appliance.doctor import devices, gather  # noqa: PLC0415
    from homecall_appliance.doctor.isolated import look  # noqa: PLC0415

    try:
        config = _config(options)
    except ConfigError as error:
        config = error.remaining  # what is there does not depend on it
    found = gather.gather_devices(config, partial(look, debug=options.debug))
    if options.json:
        print(json.dumps(devices.as_json(found), indent=2))
    else:
        print(*devices.in_words(found), sep="\n")
    return OK


def _keys(options: argparse.Namespace) -> int:
    from homecall_appliance.keys.evdev_device import open_device  # noqa: PLC0415
    from homecall_appliance.keys.watching import CannotWatchError, watch  # noqa: PLC0415

    try:
        config = _config(options)
    except ConfigError as error:
        config = error.remaining  # by what is shown here, a wrong name is put right
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(watch(config.keys, open_device, partial(print, flush=True)))
    except CannotWatchError as error:
        raise Failure(str(error)) from error
    return OK


def _audio_test(options: argparse.Namespace) -> int:
    from homecall_appliance.doctor.acoustics import session, verdict  # noqa: PLC0415
    from homecall_appliance.doctor.isolated import look  # noqa: PLC0415

    config = _config(options)
    try:
        session.check(config)
        if not options.json:
            print(session.WHAT_HAPPENS, flush=True)
        figures = session.run(config, partial(look, timeout=AUDIO_TIMEOUT, debug=options.debug))
    except session.CannotTest as error:
        raise Failure(str(error)) from error
    verdicts = verdict.judge(figures, config.audio)
    if options.json:
        print(json.dumps(verdict.as_json(figures, verdicts), indent=2))
    else:
        print(*verdict.in_words(verdicts), sep="\n")
    return OK if verdict.all_good(verdicts) else FAILED


def _status(options: argparse.Namespace) -> int:
    config = _config(options)
    place = config.server.control_socket
    if options.json:
        print(json.dumps(ask(place, "/status").values, indent=2))
    else:
        status, _ = ask_status(place)
        print(*in_words(status, config.call.max_calls), sep="\n")
    return OK


def _link(options: argparse.Namespace) -> int:
    from homecall_appliance.display.image import code_png  # noqa: PLC0415
    from homecall_appliance.display.terminal import Terminal  # noqa: PLC0415
    from homecall_appliance.display.view import LinkView  # noqa: PLC0415
    from homecall_appliance.display.words import screen_language  # noqa: PLC0415

    config = _config(options)
    link = ask(config.server.control_socket, "/link").values
    if options.png:
        try:
            options.png.write_bytes(code_png(link["url"]))
        except OSError as error:
            raise Failure(f"{options.png} cannot be written: {error.strerror}.") from error
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


def _act(options: argparse.Namespace) -> int:
    if not act(_config(options).server.control_socket, options.action):
        raise Failure(next(nothing for name, _, nothing in _ACTIONS if name == options.action))
    return OK
