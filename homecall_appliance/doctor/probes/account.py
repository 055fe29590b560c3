"""Whose permissions count, and what they allow."""

import grp
import os
import pwd
import stat
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path

from homecall_appliance.doctor.facts import Account, Denied

SERVICE_USER = "homecall"
SERVICE_GROUPS = ("video", "audio", "render", "tty", "input")
"""As systemd/homecall-appliance.service has them."""


def account(pid: int | None, proc: Path = Path("/proc")) -> Account:
    """The user of the running appliance, else of the service where root asks, else of ourselves."""
    own = os.geteuid()
    if pid is not None:
        uid, groups = _of_process(proc / str(pid) / "status")
        return Account(_user(uid), uid, groups, own=uid == own)
    if own == 0 and (service := service_account(SERVICE_USER, SERVICE_GROUPS)):
        return service
    return Account(_user(own), own, frozenset({os.getegid(), *os.getgroups()}), own=True)


def service_account(user: str, groups: Collection[str]) -> Account | None:
    """The user of a service, with these groups besides its own; None where there is none."""
    try:
        service = pwd.getpwnam(user)
    except KeyError:
        return None
    known = {group.gr_gid for group in grp.getgrall() if group.gr_name in groups}
    member = os.getgrouplist(user, service.pw_gid)
    own = service.pw_uid == os.geteuid()
    return Account(user, service.pw_uid, frozenset({*known, *member}), own=own)


def denied(paths: Iterable[Path], account: Account) -> tuple[Denied, ...]:
    """Those of the devices that the account may not open for reading and writing."""
    return tuple(
        Denied(str(path), _group(path))
        for path in paths
        if path.exists() and not _may(path, account, os.R_OK | os.W_OK)
    )


def unreadable(path: Path, account: Account) -> bool:
    """Whether the account may not read a file, or not get to it."""
    return not _uses(path, account, os.R_OK)


def not_executable(path: Path, account: Account) -> bool:
    """Whether the account may not run a program, or not get to it."""
    return not _uses(path, account, os.X_OK)


def _uses(path: Path, account: Account, wanted: int) -> bool:
    if os.geteuid() == 0 and not account.own:
        return _is_allowed(path, account, wanted)
    real = path.resolve()
    return _may(real, account, wanted) and all(
        _may(folder, account, os.X_OK) for folder in real.parents
    )


def _is_allowed(path: Path, account: Account, wanted: int) -> bool:
    """Whether the account may read a file, or run it: the kernel's own answer, which knows access
    control lists (acl(5)) and every folder on the way."""
    asked = subprocess.run(  # noqa: S603 - no shell
        ["/usr/bin/test", "-r" if wanted == os.R_OK else "-x", path],
        user=account.uid,
        group=min(account.groups, default=account.uid),
        extra_groups=account.groups,
        check=False,
    )
    return asked.returncode == 0


def _may(path: Path, account: Account, wanted: int) -> bool:
    if account.own:
        return os.access(path, wanted)  # it knows access control lists, too
    if account.uid == 0:
        return True
    try:
        found = path.stat()
    except OSError:
        return True  # not ours to know: no reason to complain
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == account.uid:
        return (mode >> 6) & wanted == wanted
    if found.st_gid in account.groups:
        return (mode >> 3) & wanted == wanted
    return mode & wanted == wanted


def _of_process(status: Path) -> tuple[int, frozenset[int]]:
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    uid = int(fields["Uid"].split()[1])
    gid = int(fields["Gid"].split()[1])
    return uid, frozenset({gid, *map(int, fields["Groups"].split())})


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(path: Path) -> str:
    try:
        return path.group()
    except (KeyError, OSError):
        return ""
