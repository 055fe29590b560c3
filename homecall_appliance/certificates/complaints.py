"""What is said of a certificate, and how bad it is. PURE."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


@dataclass(frozen=True)
class Remedy:
    """What there is to do about a certificate, by who puts it there: sentences for the owner."""

    renew: str
    """Where there must be another one."""

    complete: str = ""
    """Where it comes without that of its issuer; empty: the owner appends that."""

    replace: str = ""
    """Where the files are damaged, or do not belong together; empty: the owner puts others
    there."""


BY_OWNER = Remedy("Renew it (certbot renew, or where you got it).")

BY_ITSELF = Remedy(
    "The appliance orders another one by itself: let it run, with a way to the internet and the "
    "right time.",
    "The authority leaves it out: have who runs it send the whole chain, or take another one "
    "(tls.acme.directory).",
    "The appliance orders another one by itself within a day.",
)
"""Where the appliance gets it from an authority (ACME)."""


class Severity(IntEnum):
    """How bad it is."""

    NOTICE = 0
    """Browsers take the certificate, and there is something to do."""
    DOUBT = 1
    """Some browsers refuse it, or all of them for a while, as under a wrong clock."""
    FAULT = 2
    """Every browser refuses it."""


@dataclass(frozen=True)
class Complaint:
    """A sentence for the owner, with what to do."""

    severity: Severity
    sentence: str


def fault(sentence: str) -> Complaint:
    """Every browser refuses it."""
    return Complaint(Severity.FAULT, sentence)


def doubt(sentence: str) -> Complaint:
    """Some browsers refuse it."""
    return Complaint(Severity.DOUBT, sentence)


def notice(sentence: str) -> Complaint:
    """There is something to do."""
    return Complaint(Severity.NOTICE, sentence)


def day(moment: datetime) -> str:
    """A moment's day, in UTC."""
    return f"{moment:%Y-%m-%d}"
