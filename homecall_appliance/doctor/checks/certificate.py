"""The certificate. PURE."""

from datetime import datetime, timedelta

from homecall_appliance.control.client import RESTART
from homecall_appliance.doctor.facts import Certificate, Facts, Leaf, Root
from homecall_appliance.doctor.finding import Finding, bad, fine

SOON, SOON_SHARE = timedelta(days=14), 1 / 6
"""So long before its end an owner's certificate ought to have been renewed, or with this share of
its lifetime left, whichever is later: authorities issue some for 90, 45 and 6 days, and programs
renew them with a third or half of that left."""

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
    """One finding."""
    found, tls = facts.certificate, facts.settings.config.tls
    own = tls.mode == "files"
    trouble = _own_files(found) if own else _state_directory(found, tls.state_directory)
    told = facts.appliance.status.certificate.problem
    if trouble is None and found.volatile and not own:
        trouble = bad("certificate", _VOLATILE.format(directory=tls.state_directory))
    if trouble is None and told:
        trouble = bad("certificate", told)
    if trouble is None and found.leaf is not None:
        trouble = _leaf(found.leaf, facts, own=own)
    return [trouble or _standing(facts, own=own)]


def _leaf(leaf: Leaf, facts: Facts, *, own: bool) -> Finding | None:
    problem = _problem(leaf, facts, own=own)
    if problem is None:
        return None
    if own:
        return bad("certificate", problem)
    if facts.certificate.state == "served":
        return bad("certificate", f"{problem} Restart it with: {RESTART} ({_LOGS}).")
    # local-ca while the appliance does not run: it begins with a look at it
    return fine("certificate", "The appliance renews its own certificate when it starts.")


def _standing(facts: Facts, *, own: bool) -> Finding:
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
    kind = "Your own certificate" if own else "The appliance's own certificate"
    authority = f"Its authority has the fingerprint {found.root.fingerprint}." if found.root else ""
    return fine(
        "certificate",
        f"{kind} is valid until {_day(found.leaf.end)} and is for {facts.network.host}, "
        f"as the link is. {authority} {notice}".strip(),
    )


def _ends(root: Root) -> str:
    return (
        f"The appliance's authority ends on {_day(root.end)}. Then every phone must be asked to "
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
            sentence = (
                f"{found.path} cannot be used: {found.reason}. Put PEM files there that belong "
                "together, the key without a password."
            )
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


def _problem(leaf: Leaf, facts: Facts, *, own: bool) -> str | None:
    now, host = facts.network.now, facts.network.host
    get = "Renew it (certbot renew, or where you got it)." if own else ""
    if now < leaf.begin:
        return (
            f"The certificate is valid only from {_day(leaf.begin)}, and the clock says "
            f"{_day(now)}. Set the clock: timedatectl shows it. {get if own else ''}".strip()
        )
    if now > leaf.end:
        return f"The certificate has expired on {_day(leaf.end)}. {get}".strip()
    if own and now + min(SOON, (leaf.end - leaf.begin) * SOON_SHARE) > leaf.end:
        return f"The certificate expires on {_day(leaf.end)}. {get}"
    if not _covers(leaf.names, host):
        names = ", ".join(sorted(leaf.names)) or "nobody"
        advice = (
            "Set server.public_host to one of its names, or get a certificate for the link's host."
            if own
            else ""
        )
        return f"The certificate is for {names}, and the link names {host}. {advice}".strip()
    return None


def _covers(names: frozenset[str], host: str) -> bool:
    """Whether a certificate's names stand for the host; "*" stands for one label (RFC 9525)."""
    _, _, parent = host.partition(".")
    return host in names or (bool(parent) and f"*.{parent}" in names)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
