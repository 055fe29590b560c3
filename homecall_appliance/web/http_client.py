"""Requests to the services of others that the owner has named."""

from typing import Literal

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)

from homecall_appliance.network.host_lookup import HostLookup
from homecall_appliance.network.lookup_resolver import LookupResolver

TIMEOUT = 20.0
"""Seconds for a request, with its answer."""

LONGEST_ANSWER = 65_536
"""Bytes of an answer that are read."""


Cause = Literal["refused", "failed", "silent", "unreachable"]
"""Why a request has failed: who asks may not; an answer that is of no use; none in time; no
connection."""


class RequestError(Exception):
    """A request has failed; `str()` is why, as a clause: "it does not answer"."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause: Cause = cause


async def post_json(url: str, body: bytes, token: str, lookup: HostLookup | None = None) -> bytes:
    """Post JSON with a bearer token (RFC 6750, section 2.1); return the answer's body.

    `lookup` finds the addresses. Raises RequestError.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        async with (
            ClientSession(
                timeout=ClientTimeout(total=TIMEOUT),
                connector=TCPConnector(resolver=LookupResolver(lookup)),
            ) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status in {401, 403, 404}:
                raise RequestError(
                    "refused", f"it refuses the key or its token ({response.status})"
                )
            if not 200 <= response.status < 300:
                raise RequestError("failed", f"it answers with the status {response.status}")
            answer = await response.content.read(LONGEST_ANSWER)
            while len(answer) < LONGEST_ANSWER and (more := await response.content.readany()):
                answer += more
            return answer[:LONGEST_ANSWER]
    except TimeoutError:
        raise RequestError("silent", "it does not answer") from None
    except ClientError:
        raise RequestError("unreachable", "no connection to it comes about") from None


class JsonPoster:
    """Posts to an address that may be down, far away or wrong, in a bounded time."""

    def __init__(self, lookup: HostLookup | None = None, time_limit: float = 10.0) -> None:
        """`lookup` finds addresses; `time_limit` is seconds for a request with its answer."""
        self._lookup = lookup or HostLookup()
        self._time_limit = time_limit

    async def post(self, url: str, body: bytes) -> None:
        """Post JSON; raises RequestError unless the answer's status is one of success.

        The rest of the answer is not read. Redirections are not followed: an address may have a
        secret in it, and what is posted is for nobody else.
        """
        try:
            async with (
                ClientSession(
                    timeout=ClientTimeout(total=self._time_limit),
                    connector=TCPConnector(resolver=LookupResolver(self._lookup)),
                    cookie_jar=DummyCookieJar(),
                ) as session,
                session.post(
                    url,
                    data=body,
                    headers={"Content-Type": "application/json"},
                    allow_redirects=False,
                ) as response,
            ):
                status = response.status
                response.close()
        except TimeoutError:
            raise RequestError("silent", "it does not answer") from None
        except ClientConnectorCertificateError:
            raise RequestError("refused", "its certificate is not trusted") from None
        except (ClientError, OSError, ValueError):
            raise RequestError("unreachable", "no connection to it comes about") from None
        if 300 <= status < 400:
            raise RequestError("failed", f"it redirects to another address (status {status})")
        if not 200 <= status < 300:
            raise RequestError("failed", f"it answers with the status {status}")
