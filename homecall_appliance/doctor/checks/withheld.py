"""Files that the installed service cannot use, though its owner can. PURE."""

from homecall_appliance.config.problems import Problem
from homecall_appliance.doctor.facts import Facts, Withheld
from homecall_appliance.doctor.finding import Finding, Name, bad

_NAMES: dict[str, Name] = {
    "tls": "certificate",
    "camera": "camera",
    "audio": "microphone",
    "display": "display",
    "door": "door",
}
"""The line that a table's files belong to; any other file belongs to the configuration's."""

_OWN = {
    "tls.state_directory": "/var/lib/homecall-appliance",
    "server.control_socket": "/run/homecall-appliance",
    "display.device": "/run/homecall-appliance",
}
"""Where the service can write what these keys name."""

_PROGRAMS = (
    *("tls.acme.environment.EXEC_PATH", "tls.acme.address_command"),
    *("door.command", "events.command"),
)
"""What these keys name, the service runs."""

_COPY = (
    "Copy it with: sudo install -m 640 -g homecall {path} /etc/homecall-appliance/ and name the "
    "copy here; what renews the file must copy it again (certbot: --deploy-hook)."
)
_COPY_PROGRAM = (
    "Copy it with: sudo install -m 750 -g homecall {path} /etc/homecall-appliance/ and name the "
    "copy here."
)


def withheld(facts: Facts, name: Name) -> list[Finding]:
    """A finding for each file of the thing that goes by that name."""
    problems = (problem(each) for each in facts.withheld)
    return [
        bad(name, str(each))
        for each in problems
        if _NAMES.get(each.path.partition(".")[0], "configuration") == name
    ]


def problem(file: Withheld) -> Problem:
    """What is wrong, and what to do, as `check-config` says it."""
    return Problem(file.key, _sentence(file))


def _sentence(file: Withheld) -> str:
    path, own, is_program = file.path, _OWN.get(file.key), file.key in _PROGRAMS
    copy = (_COPY_PROGRAM if is_program else _COPY).format(path=path)
    match file.how:
        case "denied" if file.key == path:
            return (
                f"the service's user {file.user} may not read it. Type: sudo chgrp {file.user} "
                f"{path} && sudo chmod 640 {path}"
            )
        case "hidden" if file.key == path:
            return (
                f"it leads into {file.folder}, of which the service sees nothing. Put the file "
                f"itself there: sudo install -m 640 -g homecall $(realpath {path}) {path}.new && "
                f"sudo mv {path}.new {path}"
            )
        case "denied":
            use = "run" if is_program else "read"
            return f"the service's user {file.user} may not {use} {path}. {copy}"
        case "read-only":
            return f"the service may not write to {path}. Name a path below {own}."
        case "hidden" if own:
            return (
                f"the service has a {file.folder} of its own, and nobody else sees {path} there. "
                f"Name a path below {own}."
            )
    leads = "lies in" if path.startswith(file.folder) else "leads into"
    return f"{path} {leads} {file.folder}, of which the service sees nothing. {copy}"
