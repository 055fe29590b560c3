"""Challenges that the appliance's own plain port answers (RFC 8555, section 8.3)."""

from homecall_appliance.acme.challenges import Challenge

PATH = "/.well-known/acme-challenge/"
"""Where the authority asks, by plain HTTP at port 80 of the name; the token follows."""


class HttpTokens:
    """What the plain port answers while an order is under way."""

    kind = "http-01"

    def __init__(self) -> None:
        self._answers: dict[str, str] = {}

    def answer(self, token: str) -> str | None:
        """Return the body for a token, to be sent as application/octet-stream; None where nobody
        waits for it (404)."""
        return self._answers.get(token)

    async def present(self, challenge: Challenge) -> None:
        """See Solver."""
        self._answers[challenge.token] = challenge.key_authorization

    async def cleanup(self, challenge: Challenge) -> None:
        """See Solver."""
        self._answers.pop(challenge.token, None)

    def advise(self, domain: str) -> str:
        """See Solver."""
        return (
            f"From outside, http://{domain}{PATH} must lead to this appliance: let the name have "
            "the router's public address, and the router forward port 80 to server.http_port. Or "
            "name a DNS provider (tls.acme.provider), which needs neither."
        )
