"""The ICE servers of participants, with credentials that are good from now on."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from homecall_appliance.calls import cloudflare
from homecall_appliance.calls.ice_servers import IceServer, ice_servers, stun_servers
from homecall_appliance.config.model import Ice, TurnServer
from homecall_appliance.media.webrtc.server_memory import ServerMemory, ServerRecord
from homecall_appliance.web.http_client import Cause, RequestError, post_json

log = logging.getLogger(__name__)

MARK_BYTES = 9
"""Of chance in the name of a relay's user, by which the relay tells one from another."""

Post: TypeAlias = Callable[[str, bytes, str], Awaitable[bytes]]
"""See `web.http_client.post_json`."""


class IceServers:
    """The configured servers."""

    def __init__(self, ice: Ice, *, api: str = cloudflare.API, post: Post = post_json) -> None:
        """`api` is where Cloudflare's credentials are made, by `post`."""
        self.memory = ServerMemory()
        """What servers did; first of all, which credentials could not be fetched."""
        self._ice = ice
        self._fetched = {
            turn.cloudflare_key_id: _Fetched(turn, api, post, self.memory)
            for turn in ice.turn
            if turn.cloudflare_key_id
        }

    @property
    def named(self) -> bool:
        """Whether any are configured: credentials of some may still be on their way."""
        return bool(self._ice.stun or self._ice.turn)

    def of_anybody(self) -> list[IceServer]:
        """Return those that anybody may use."""
        return stun_servers(self._ice)

    def of_participant(self) -> list[IceServer]:
        """Return all, for one participant of a session that exists.

        Nobody waits for those whose credentials are not there yet.
        """
        fetched = {key: each.servers for key, each in self._fetched.items()}
        return ice_servers(self._ice, time.time(), secrets.token_urlsafe(MARK_BYTES), fetched)

    async def fetch(self) -> list[ServerRecord]:
        """Fetch the credentials that a service makes, once; returns those that are not given."""
        fetched = await asyncio.gather(*(each.fetch() for each in self._fetched.values()))
        return [failure for failure in fetched if failure]

    async def keep_fresh(self) -> None:
        """Fetch them again and again; until cancelled, if any."""
        await asyncio.gather(*(each.keep_fresh() for each in self._fetched.values()))


class _Fetched:
    """The servers of one key at Cloudflare."""

    def __init__(self, turn: TurnServer, api: str, post: Post, memory: ServerMemory) -> None:
        self._turn = turn
        self._url = api + cloudflare.path(turn.cloudflare_key_id)
        self._post = post
        self._memory = memory
        self._servers: Sequence[IceServer] = ()
        self._expire = 0.0
        self._pause = 0.0

    @property
    def servers(self) -> Sequence[IceServer]:
        return self._servers if time.monotonic() < self._expire else ()

    async def keep_fresh(self) -> None:
        """Fetch them again and again; the journal has the first of several failures alike."""
        while True:
            if failure := await self.fetch():
                self._pause = cloudflare.next_pause(self._pause)
                if self._memory.note(failure):
                    log.warning(failure.sentence)
            else:
                self._pause = 0.0
                self._memory.forget(self._url)
            await asyncio.sleep(self._pause or cloudflare.RENEW_AFTER)

    async def fetch(self) -> ServerRecord | None:
        """Fetch them once; returns what has become of it where there are none."""
        try:
            answer = await self._post(self._url, cloudflare.body(), self._turn.cloudflare_token)
            self._servers = cloudflare.read(answer)
        except RequestError as error:
            return self._failure(error.cause, str(error))
        except cloudflare.UnreadableAnswer:
            return self._failure("failed", "its answer cannot be read")
        self._expire = time.monotonic() + cloudflare.LIFETIME
        return None

    def _failure(self, cause: Cause, reason: str) -> ServerRecord:
        now = asyncio.get_running_loop().time()
        return cloudflare.no_credentials(
            self._url, self._turn.cloudflare_key_id, cause, reason, now
        )
