"""What became of asking STUN and TURN servers, remembered for all calls together. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from homecall_appliance.media.webrtc.ice_urls import ServerUrl

SILENCE = 60.0
"""Seconds for which a server that has not answered is left out, as long as another of its kind
works, or was never asked: with none, nothing would be gained."""


class ServerState(StrEnum):
    """What a server did when it was last asked."""

    WORKS = "works"
    """It gave an address."""

    SILENT = "silent"
    """It has not answered in time."""

    REFUSES = "refuses"
    """It answered with an error."""

    UNREACHABLE = "unreachable"
    """There is no way to it: its name is not known, or no network leads to its address."""


@dataclass(frozen=True)
class ServerRecord:
    """What became of asking one server."""

    url: str
    """As it is configured."""

    state: ServerState

    reason: str
    """Why it gave no address, as a clause: "it refuses the credentials (401)"; "" where it did."""

    when: float
    """Seconds of the clock of whoever asked."""

    advice: str = ""
    """What the owner can do about it: sentences."""

    failure: str = ""
    """What it has not done, as a clause, where that is not to give an address."""

    @property
    def is_relay(self) -> bool:
        """Whether it is a TURN server, or has the credentials of some."""
        return not self.url.startswith("stun")

    @property
    def sentence(self) -> str:
        """What it did, for the owner, and what to do."""
        if self.state is ServerState.WORKS:
            return f"{self.url} gives an address."
        failure = self.failure or f"{self.url} gives no address"
        return f"{failure}: {self.reason}. {self.advice}".rstrip()


class ServerMemory:
    """The last record of each server."""

    def __init__(self) -> None:
        self._records: dict[str, ServerRecord] = {}

    @property
    def records(self) -> Sequence[ServerRecord]:
        """The records, in the order in which the servers were first asked."""
        return tuple(self._records.values())

    def note(self, record: ServerRecord) -> bool:
        """Keep a record; returns whether it is news: another state or reason than the last."""
        last = self._records.get(record.url)
        self._records[record.url] = record
        return last is None or (last.state, last.reason) != (record.state, record.reason)

    def forget(self, url: str) -> None:
        """Drop the record of a server, if there is one."""
        self._records.pop(url, None)

    def worth_asking(self, servers: Sequence[ServerUrl], now: float) -> list[ServerUrl]:
        """Return those of some servers that are asked at `now`: see SILENCE."""
        promising = {each.kind for each in servers if self._is_promising(each)}
        return [
            each for each in servers if each.kind not in promising or not self._is_silent(each, now)
        ]

    def _is_promising(self, server: ServerUrl) -> bool:
        record = self._records.get(server.url)
        return record is None or record.state is ServerState.WORKS

    def _is_silent(self, server: ServerUrl, now: float) -> bool:
        record = self._records.get(server.url)
        return (
            record is not None
            and record.state is ServerState.SILENT
            and now - record.when < SILENCE
        )
