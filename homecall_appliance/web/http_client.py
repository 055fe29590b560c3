"""Requests to the services of others that the owner has named."""

from typing import Literal

from aiohttp import ClientError, ClientSession, ClientTimeout

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


async def post_json(url: str, body: bytes, token: str) -> bytes:
    """Post JSON with a bearer token (RFC 6750, section 2.1); return the answer's body.

    Raises RequestError.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=TIMEOUT)) as session,
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
