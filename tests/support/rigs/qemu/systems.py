"""What a computer of computer.py runs: the daemon from its source, or under Debian's systemd."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).parent
PROGRAM = HERE.parents[3] / "homecall_appliance"

AGENT = {name: HERE / name for name in ("agent.sh", "agent.py")}

NOBODY_NEEDS = (
    *("serial-getty@ttyS0.service", "keyboard-setup.service", "proc-sys-fs-binfmt_misc.automount"),
    *("systemd-binfmt.service", "systemd-journal-flush.service", "systemd-random-seed.service"),
    *("dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount"),
    *("sys-kernel-tracing.mount", "sys-kernel-config.mount", "sys-fs-fuse-connections.mount"),
    *(f"modprobe@{module}.service" for module in ("configfs", "drm", "efi_pstore", "fuse")),
)
"""Units that would take an emulated processor a minute."""


@dataclass(frozen=True)
class System:
    """Files for its directory /opt, a package, and words for its kernel's command line."""

    files: Mapping[str, Path]
    """`init.sh` is its process 1."""

    package: Path | None = None
    """Installed by apt, before the computer is switched on: there it takes minutes."""

    options: tuple[str, ...] = ()

    screen: tuple[int, int] = (1280, 800)
    """Its width and height in pixels."""


def from_source() -> System:
    """The program as it lies here, and the modules that Debian does not have."""
    files = {**AGENT, "init.sh": HERE / "init.sh", PROGRAM.name: PROGRAM}
    for name in ("sounddevice", "_sounddevice"):
        module = find_spec(name)
        assert module, f"{name} is not installed."
        files[f"{name}.py"] = Path(str(module.origin))
    return System(files)


def with_systemd(package: Path) -> System:
    """Debian as it boots on every machine, with the package, and the smallest screen whose console
    has room for a code: its font has no half blocks."""
    options = (
        *("systemd.hostname=homecall", "net.ifnames=0", "systemd.wants=agent.service"),
        # The disk has never been booted, and yet this is no machine's first boot.
        *(f"systemd.machine_id={uuid4().hex}", "systemd.condition_first_boot=no"),
        "systemd.condition_needs_update=no",
        *(f"systemd.mask={unit}" for unit in NOBODY_NEEDS),
    )
    files = {**AGENT, "init.sh": HERE / "systemd.sh"}
    return System(files, package, options, screen=(1024, 800))
