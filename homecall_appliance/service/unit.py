"""The unit of the installed service, as its owner has it: what it sees of the disk, and as whom
(systemd.exec(5))."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NAME = "homecall-appliance.service"

_PROPERTIES = (
    *("LoadState", "User", "SupplementaryGroups", "Environment"),
    *("ProtectHome", "PrivateTmp", "ProtectSystem", "InaccessiblePaths", "TemporaryFileSystem"),
    *("BindPaths", "BindReadOnlyPaths", "ReadWritePaths", "StateDirectory", "RuntimeDirectory"),
)
_HOMES = tuple(map(Path, ("/home", "/root", "/run/user")))
_TEMPORARY = tuple(map(Path, ("/tmp", "/var/tmp")))  # noqa: S108 - the ones of the system
_KERNELS = tuple(map(Path, ("/dev", "/proc", "/sys")))

TIMEOUT = 5.0
"""Seconds that systemd may take to answer."""


@dataclass(frozen=True)
class Unit:
    """What a unit grants its processes."""

    user: str = ""
    groups: frozenset[str] = frozenset()
    """Those of SupplementaryGroups=."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """What Environment= sets; not the files of EnvironmentFile=."""

    closed: tuple[Path, ...] = ()
    """Folders that it may not enter: what is bound below one cannot be reached either."""

    emptied: tuple[Path, ...] = ()
    """Folders in whose place it has empty ones of its own."""

    bound: tuple[Path, ...] = ()
    """What it sees in them all the same."""

    writable: tuple[Path, ...] | None = None
    """The only folders that it may write to; None: wherever its user may."""

    def hides(self, path: Path) -> Path | None:
        """The hidden folder that a path lies in; None where the service sees what others see."""
        if folder := _innermost(path, self.closed):
            return folder
        folder, seen = _innermost(path, self.emptied), _innermost(path, self.bound)
        bound = folder and seen and seen.is_relative_to(folder)
        return None if bound else folder

    def may_write(self, path: Path) -> bool:
        """Whether the unit lets the service write there; its user may have to be allowed, too."""
        return self.writable is None or _innermost(path, self.writable) is not None


def installed(command: Sequence[str] = ("systemctl",)) -> Unit | None:
    """The unit that is installed, with what its owner has changed by drop-ins; None where there is
    none, or no systemd to ask."""
    show = [*command, "show", NAME, *(f"--property={each}" for each in _PROPERTIES)]
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            show, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return _read(shown) if done.returncode == 0 and shown.get("LoadState") == "loaded" else None


def _read(shown: Mapping[str, str]) -> Unit:
    homes = shown.get("ProtectHome")
    closed = [*_paths(shown, "InaccessiblePaths"), *(_HOMES if homes == "yes" else ())]
    emptied = [*_paths(shown, "TemporaryFileSystem"), *(_HOMES if homes == "tmpfs" else ())]
    if shown.get("PrivateTmp") == "yes":
        emptied += _TEMPORARY
    bound = (*_paths(shown, "BindPaths"), *_paths(shown, "BindReadOnlyPaths"))
    own = [
        Path(parent) / name
        for parent, key in (("/var/lib", "StateDirectory"), ("/run", "RuntimeDirectory"))
        for name in shown.get(key, "").split()
    ]
    written = (*_KERNELS, *own, *_paths(shown, "ReadWritePaths"), *_paths(shown, "BindPaths"))
    return Unit(
        user=shown.get("User", ""),
        groups=frozenset(shown.get("SupplementaryGroups", "").split()),
        environment=_environment(shown.get("Environment", "")),
        closed=tuple(closed),
        emptied=tuple(emptied),
        bound=bound,
        writable=written if shown.get("ProtectSystem") == "strict" else None,
    )


def _paths(shown: Mapping[str, str], name: str) -> tuple[Path, ...]:
    """The paths in the service's view: of "source:destination:options" the destination; of others,
    which have options or none, the first. A "-" before one says that it need not be there."""
    found = []
    for each in shown.get(name, "").split():
        first, _, others = each.lstrip("-+").partition(":")
        destination = others.partition(":")[0] if name.startswith("Bind") else ""
        found.append(Path(destination or first))
    return tuple(found)


def _environment(text: str) -> dict[str, str]:
    try:
        words = shlex.split(text)
    except ValueError:  # a value that systemd writes with escapes of its own
        return {}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _innermost(path: Path, folders: tuple[Path, ...]) -> Path | None:
    around = [each for each in folders if path.is_relative_to(each)]
    return max(around, key=lambda each: len(each.parts), default=None)
