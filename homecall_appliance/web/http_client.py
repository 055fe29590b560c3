"""Requests to the services of others that the owner has named."""

from aiohttp import ClientError, ClientSession, ClientTimeout

TIMEOUT = 20.0
"""Seconds for a request, with its answer."""

LONGEST_ANSWER = 65_536
"""Bytes of an answer that are read."""


class RequestError(Exception):
    """A request has failed; `str()` is why, as a clause: "it does not answer"."""


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
                raise RequestError(f"it refuses the key or its token ({response.status})")
            if not 200 <= response.status < 300:
                raise RequestError(f"it answers with the status {response.status}")
            answer = await response.content.read(LONGEST_ANSWER)
            while len(answer) < LONGEST_ANSWER and (more := await response.content.readany()):
                answer += more
            return answer[:LONGEST_ANSWER]
    except TimeoutError:
        raise RequestError("it does not answer") from None
    except ClientError:
        raise RequestError("no connection to it comes about") from None
