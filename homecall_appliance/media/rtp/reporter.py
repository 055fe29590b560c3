"""When what is reported, and in which compounds (RFC 3550, section 6; RFC 4585)."""

from collections.abc import Callable, Iterator, Sequence

from homecall_appliance.media.rtp.arrivals import INTERVAL, Arrivals
from homecall_appliance.media.rtp.nack_generator import SHORTEST_PAUSE
from homecall_appliance.media.rtp.receiver import RtpReceiver
from homecall_appliance.media.rtp.rtcp import (
    Nack,
    ReceiverReport,
    write_cname,
    write_goodbye,
    write_nack,
    write_pli,
    write_report,
    write_transport_feedback,
)
from homecall_appliance.media.rtp.sender import RtpSender

REPORT_INTERVAL = 1.0
"""Seconds between two reports, half as long to one and a half times (RFC 3550, section 6.3.1), as
libwebrtc has them for video."""

LARGEST = 1200
"""Bytes of a compound of several messages: with all headers it fits into 1,280 (RFC 8200,
section 5)."""

MOST_BLOCKS = 31
"""Of one report (RFC 3550, section 6.4.1)."""


class Reporter:
    """Reports for one session."""

    def __init__(
        self,
        senders: Sequence[RtpSender],
        receivers: Sequence[RtpReceiver],
        cname: str,
        draw: Callable[[], float],
        *,
        reduced_size: bool,
    ) -> None:
        """`senders` and `receivers` are the session's, to which more may come; `draw` returns a
        number in [0, 1); for `reduced_size` see RtpSession."""
        self._senders = senders
        self._receivers = receivers
        self._cname = cname
        self._draw = draw
        self._reduced_size = reduced_size
        self._arrivals = Arrivals()
        self._next_report = float("-inf")
        self._next_feedback = float("inf")

    def arrived(self, number: int, arrived: float) -> None:
        """Take note of the arrival of a packet with this transport-wide number."""
        self._arrivals.received(number, arrived)
        self._next_feedback = min(self._next_feedback, arrived + INTERVAL)

    def next(self, now: float) -> float:
        """Return when there is the next thing to report, `now` or later."""
        at = min(self._next_report, self._next_feedback)
        if any(each.missing and each.missing.waits for each in self._receivers):
            at = min(at, now + SHORTEST_PAUSE)
        return max(now, at)

    def due(self, now: float, round_trip: float | None) -> list[bytes]:
        """Return the compounds that are due."""
        compounds: list[bytes] = []
        if now >= self._next_report:
            self._next_report = now + REPORT_INTERVAL * (0.5 + self._draw())
            compounds.append(self._regular(now))
        for message in self._feedback(now, round_trip):
            if compounds and len(compounds[-1]) + len(message) <= LARGEST:
                compounds[-1] += message
            else:
                compounds.append(message if self._reduced_size else self._minimal() + message)
        return compounds

    def goodbye(self) -> bytes:
        """Return the end of our sources."""
        return self._minimal() + write_goodbye([each.parameters.ssrc for each in self._senders])

    @property
    def _ssrc(self) -> int:
        """That of who reports: our first source's."""
        return self._senders[0].parameters.ssrc if self._senders else 1

    def _minimal(self) -> bytes:
        report = write_report(ReceiverReport(self._ssrc))
        return report + write_cname(self._ssrc, self._cname)

    def _regular(self, now: float) -> bytes:
        blocks = [each for receiver in self._receivers for each in receiver.blocks(now)]
        sent = [each for each in self._senders if each.stats.packets_sent]
        if not sent:
            alone = write_report(ReceiverReport(self._ssrc, blocks[:MOST_BLOCKS]))
            return alone + write_cname(self._ssrc, self._cname)
        reports = [
            write_report(report)
            for place, each in enumerate(sent)
            if (report := each.report(now, blocks[:MOST_BLOCKS] if place == 0 else ()))
        ]
        cnames = [write_cname(each.parameters.ssrc, self._cname) for each in sent]
        return b"".join(reports + cnames)

    def _feedback(self, now: float, round_trip: float | None) -> Iterator[bytes]:
        for receiver in self._receivers:
            ssrc = receiver.media_ssrc
            if ssrc is None:
                continue
            if receiver.is_keyframe_due(now):
                yield write_pli(self._ssrc, ssrc)
            if receiver.missing and (due := receiver.missing.due(now, round_trip)):
                receiver.stats.nack_count += 1
                yield write_nack(Nack(self._ssrc, ssrc, due))
        if now >= self._next_feedback:
            self._next_feedback = float("inf")
            ssrcs = (each.media_ssrc for each in self._receivers)
            media = next((ssrc for ssrc in ssrcs if ssrc is not None), 0)
            if told := self._arrivals.feedback(self._ssrc, media, now):
                yield write_transport_feedback(told)
            if self._arrivals.waits:
                self._next_feedback = now
