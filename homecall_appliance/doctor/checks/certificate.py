"""The certificate. PURE."""

from datetime import timedelta

from homecall_appliance.certificates.complaints import day
from homecall_appliance.certificates.judge import judge
from homecall_appliance.certificates.served_names import bears
from homecall_appliance.control.client import RESTART
from homecall_appliance.doctor.checks.issued import issued
from homecall_appliance.doctor.facts import Certificate, Facts, Leaf, Root
from homecall_appliance.doctor.finding import Finding, bad, fine

AUTHORITY_SOON = timedelta(days=90)
"""So long before the end of the appliance's own authority its owner can choose the day on which
phones are asked to trust another one."""

_VOLATILE = (
    "{directory} is in memory: after the next start of this machine every phone must be asked to "
    "trust another authority. Switch the overlay file system off (sudo raspi-config, Performance "
    "Options), restart, let the appliance start once, switch it on again; or mount a disk there."
)

_LOGS = "journalctl -u homecall-appliance says why"


def certificate(facts: Facts) -> list[Finding]:
    """One finding, or one for each thing to do about an owner's certificate."""
    if facts.settings.config.tls.mode == "files":
        return _own(facts)
    if facts.settings.config.tls.mode == "acme":
        return issued(facts)
    found, directory = facts.certificate, facts.settings.config.tls.state_directory
    trouble = _state_directory(found, directory)
    told = facts.appliance.status.certificate.problem
    if trouble is None and found.volatile:
        trouble = bad("certificate", _VOLATILE.format(directory=directory))
    if trouble is None and told:
        trouble = bad("certificate", told)
    if trouble is None and found.leaf is not None:
        trouble = _leaf(found.leaf, facts)
    return [trouble or _standing(facts)]


def _own(facts: Facts) -> list[Finding]:
    found, told = facts.certificate, facts.appliance.status.certificate
    if trouble := _own_files(found):
        return [trouble]
    host = facts.network.wanted_host or facts.network.host
    verdict = judge(*found.pair, facts.network.now, host) if found.pair else None
    problem, notice = told.problem, told.notice
    if verdict:
        problem, notice = problem or verdict.problem, verdict.notice
    if problem or notice:
        return [bad("certificate", each) for each in (problem, notice) if each]
    leaf = verdict.leaf if verdict else None
    end = leaf.not_valid_after_utc if leaf else found.leaf.end if found.leaf else None
    until = f" until {day(end)}" if end else ""
    return [fine("certificate", f"Your own certificate is valid{until} and is for {host}.")]


def _leaf(leaf: Leaf, facts: Facts) -> Finding | None:
    problem = _problem(leaf, facts)
    if problem is None:
        return None
    if facts.certificate.state == "served":
        return bad("certificate", f"{problem} Restart it with: {RESTART} ({_LOGS}).")
    # local-ca while the appliance does not run: it begins with a look at it
    return fine("certificate", "The appliance renews its own certificate when it starts.")


def _standing(facts: Facts) -> Finding:
    found = facts.certificate
    notice = facts.appliance.status.certificate.notice or ""
    if found.state == "outdated":
        return fine(
            "certificate",
            f"The authority in {found.path} could vouch for every site. When the appliance "
            "starts, another one takes its place, and every phone must be asked to trust it.",
        )
    if found.leaf is None:
        directory = facts.settings.config.tls.state_directory
        return fine(
            "certificate",
            f"There is none in {directory} yet: the appliance makes it when it starts.",
        )
    if found.root and facts.network.now + AUTHORITY_SOON > found.root.end:
        return bad("certificate", notice or _ends(found.root))
    authority = f"Its authority has the fingerprint {found.root.fingerprint}." if found.root else ""
    return fine(
        "certificate",
        f"The appliance's own certificate is valid until {day(found.leaf.end)} and is for "
        f"{facts.network.host}, as the link is. {authority} {notice}".strip(),
    )


def _ends(root: Root) -> str:
    return (
        f"The appliance's authority ends on {day(root.end)}. Then every phone must be asked to "
        f"trust another one; start the appliance, and look again for what to do. ({_LOGS}.)"
    )


def _own_files(found: Certificate) -> Finding | None:
    match found.state:
        case "missing":
            sentence = (
                f"There is no file {found.path}. Put it there, or correct tls.certificate and "
                "tls.private_key in the configuration."
            )
        case "denied":
            sentence = (
                f"You may not read {found.path}. Look again with: sudo homecall-appliance doctor"
            )
        case "damaged":
            sentence = f"{found.path} cannot be read: {found.reason}. Put a PEM file there."
        case _ if found.denied:
            sentence = (
                f"The appliance's user may not read {found.denied}. Copy it to where that user "
                "may, such as /etc/homecall-appliance, and type: sudo chgrp homecall FILE && sudo "
                "chmod 640 FILE"
            )
        case _:
            return None
    return bad("certificate", sentence)


def _state_directory(found: Certificate, directory: str) -> Finding | None:
    if found.state == "denied":
        return bad(
            "certificate",
            f"You may not look into {directory}. Look again with: sudo homecall-appliance doctor",
        )
    if found.denied:
        return bad(
            "certificate",
            f"The appliance's user may not use {found.denied}. Give it back with: sudo chown -R "
            f"homecall: {directory}",
        )
    if found.state == "damaged":
        return bad(
            "certificate",
            f"{found.path} is damaged ({found.reason}). The appliance makes a new one when it "
            "starts; if it is the authority, every phone must be asked to trust it again. A copy "
            f"of {directory} from before, put back, saves that.",
        )
    return None


def _problem(leaf: Leaf, facts: Facts) -> str | None:
    now, host = facts.network.now, facts.network.host
    if now < leaf.begin:
        return (
            f"The certificate is valid only from {day(leaf.begin)}, and the clock says "
            f"{day(now)}. Set the clock: timedatectl shows it."
        )
    if now > leaf.end:
        return f"The certificate has expired on {day(leaf.end)}."
    if not bears(leaf.names, host):
        names = ", ".join(sorted([*leaf.names.dns, *map(str, leaf.names.addresses)])) or "nobody"
        return f"The certificate is for {names}, and the link names {host}."
    return None
