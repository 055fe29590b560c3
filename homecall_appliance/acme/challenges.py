"""How the appliance shows that a name is its owner's: the one place where a challenge is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from homecall_appliance.acme.authority import described, objects_of, text_of
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.jose import AccountKey


@dataclass(frozen=True)
class Challenge:
    """What an authority wants to find, and where it is told to look (RFC 8555, section 8)."""

    domain: str
    url: str
    token: str
    key_authorization: str


class Solver(Protocol):
    """A way to meet challenges of one kind."""

    @property
    def kind(self) -> str:
        """The type of the challenges, such as "dns-01"."""
        ...

    async def present(self, challenge: Challenge) -> None:
        """Publish what the authority wants to find, and return when it can; raises AcmeError."""
        ...

    async def cleanup(self, challenge: Challenge) -> None:
        """Take it back; raises AcmeError."""
        ...

    def advise(self, domain: str) -> str:
        """What an owner checks where the authority did not find it: a sentence."""
        ...


def choose(authorization: object, domain: str, solver: Solver, key: AccountKey) -> Challenge:
    """Return the challenge of an authorization that the solver can meet (RFC 8555, section
    7.1.4).

    Challenges that are met by a lasting record, such as dns-persist-01, would be one more kind.
    """
    offered = objects_of(authorization, "challenges")
    for each in offered:
        if each.get("type") == solver.kind:
            token = text_of(each, "token")
            return Challenge(domain, text_of(each, "url"), token, key.key_authorization(token))
    kinds = ", ".join(str(each.get("type")) for each in offered)
    raise AcmeError(
        f"The authority proves {domain} only by {kinds or 'nothing'}, and not by {solver.kind}. "
        + (
            "Name a DNS provider (tls.acme.provider)."
            if solver.kind == "http-01"
            else "Take another authority (tls.acme.directory)."
        )
    )


def failure(authorization: Mapping[str, Any], domain: str, solver: Solver) -> AcmeError:
    """Why an authorization has failed, as its challenge tells (RFC 8555, section 8.2)."""
    for each in objects_of(authorization, "challenges"):
        kind, detail = described(each.get("error"))
        if kind or detail:
            return AcmeError(
                f"The authority could not see that {domain} is yours ({detail or kind}). "
                + _advice(kind, domain, solver)
            )
    return AcmeError(
        f"The authority could not see that {domain} is yours, and does not say why. "
        + solver.advise(domain)
    )


def _advice(kind: str, domain: str, solver: Solver) -> str:
    match kind:
        case "caa":
            return "A CAA record of the name forbids it: add this authority to it."
        case "dnssec":
            return f"The DNSSEC signatures of {domain} are wrong: ask who has the zone to mend it."
        case "rateLimited":
            return "It has failed too often: it is tried again by itself."
        case _:
            return solver.advise(domain)
