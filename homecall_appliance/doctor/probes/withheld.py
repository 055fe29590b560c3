"""Which files and programs that the configuration names the installed service cannot use, whoever
else can."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from homecall_appliance.config.model import Config
from homecall_appliance.doctor.facts import Account, Withheld
from homecall_appliance.doctor.probes.account import (
    not_executable,
    service_account,
    unreadable,
)
from homecall_appliance.service.unit import Unit


def withheld(unit: Unit, config: Config, file: Path | None) -> tuple[Withheld, ...]:
    """What the unit, or the rights of its user, keep from the service; `file` is the
    configuration's own."""
    user = service_account(unit.user, unit.groups)
    reads = [(str(file), file)] if file else []
    reads += _read(config)
    found = [_unusable(unit, user, unreadable, key, path) for key, path in reads]
    found += [_unusable(unit, user, not_executable, key, path) for key, path in _run(config)]
    found += [_unwritable(unit, key, path) for key, path in _written(config)]
    return tuple(each for each in found if each)


def _read(config: Config) -> Iterator[tuple[str, Path]]:
    if config.tls.mode == "files":
        yield "tls.certificate", Path(config.tls.certificate)
        yield "tls.private_key", Path(config.tls.private_key)
    roots = config.tls.acme.environment.get("LEGO_CA_CERTIFICATES")
    if config.tls.mode == "acme" and roots:
        yield "tls.acme.environment.LEGO_CA_CERTIFICATES", Path(roots)
    if config.camera.backend == "file":
        yield "camera.device", Path(config.camera.device)
    if config.audio.backend == "file":
        yield "audio.input_device", Path(config.audio.input_device)
    if config.mqtt.host and config.mqtt.ca_certificate:
        yield "mqtt.ca_certificate", Path(config.mqtt.ca_certificate)


def _run(config: Config) -> Iterator[tuple[str, Path]]:
    """The owner's programs; one without a path is looked for where the system's are."""
    acme = config.tls.acme
    commands = {
        "door.command": config.door.command,
        "events.command": config.events.command,
    }
    if config.tls.mode == "acme":
        if acme.provider == "exec" and (program := acme.environment.get("EXEC_PATH")):
            yield "tls.acme.environment.EXEC_PATH", Path(program)
        commands["tls.acme.address_command"] = acme.address_command
    for key, command in commands.items():
        for program in shlex.split(command)[:1]:
            if "/" in program:
                yield key, Path(program)


def _written(config: Config) -> Iterator[tuple[str, Path]]:
    yield "tls.state_directory", Path(config.tls.state_directory)
    yield "server.control_socket", Path(config.server.control_socket)
    if config.display.backend == "image":
        yield "display.device", Path(config.display.device)


def _unusable(
    unit: Unit,
    user: Account | None,
    is_denied: Callable[[Path, Account], bool],
    key: str,
    path: Path,
) -> Withheld | None:
    if folder := unit.hides(path) or unit.hides(path.resolve()):
        return Withheld(key, str(path), "hidden", str(folder))
    # A path that leads to nothing is told by who reads it.
    if user and path.exists() and is_denied(path, user):
        return Withheld(key, str(path), "denied", user=user.name)
    return None


def _unwritable(unit: Unit, key: str, path: Path) -> Withheld | None:
    if folder := unit.hides(path) or unit.hides(path.resolve()):
        return Withheld(key, str(path), "hidden", str(folder))
    if not unit.may_write(path.resolve()):
        return Withheld(key, str(path), "read-only")
    return None
