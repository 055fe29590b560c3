"""Congestion control of one path: the parts of this room put together."""

from collections.abc import Sequence

from homecall_appliance.media.rtp.congestion.acknowledged_bitrate import AcknowledgedBitrate
from homecall_appliance.media.rtp.congestion.aimd import Aimd
from homecall_appliance.media.rtp.congestion.inter_arrival import InterArrival
from homecall_appliance.media.rtp.congestion.loss_based import LossBased
from homecall_appliance.media.rtp.congestion.probing import ProbeCluster, Probing
from homecall_appliance.media.rtp.congestion.trendline import Trendline, Usage
from homecall_appliance.media.rtp.results import PacketResult

FIRST_ROUND_TRIP = 0.2
"""Seconds that a round trip is taken for before it is known."""

PACING_FACTOR = 2.5
"""How much faster than the target packets may leave: a key frame is large, and late if it is spread
over many frames."""

CALM = 3.0
"""Seconds without overuse after which a higher rate may be tried."""

FEEDBACK_TIMEOUT = 2.0
"""Seconds without feedback, while packets leave, after which the path counts as blocked."""

BLOCKED_SCALE = 0.5
"""What is left of the rate at each of those."""


class CongestionController:
    """Finds the bitrate of one path. For one thread; times are those of time.monotonic()."""

    def __init__(self, start: int, minimum: int, maximum: int) -> None:
        """`start`, `minimum` and `maximum` are bit/s."""
        self._maximum = maximum
        self._inter_arrival = InterArrival()
        self._trendline = Trendline()
        self._acknowledged = AcknowledgedBitrate()
        self._aimd = Aimd(start, minimum, maximum)
        self._loss = LossBased(minimum, maximum)
        self._probing = Probing(maximum)
        self._remb = float(maximum)
        self._start = start
        self._minimum = minimum
        self._round_trip = FIRST_ROUND_TRIP
        self._overused = float("-inf")
        """When the path was last overused."""

        self._heard: float | None = None
        self._sent_since = False

    @property
    def target_bitrate(self) -> int:
        """What may be sent, in bit/s."""
        rates = self._aimd.bits_per_second, self._loss.bits_per_second, self._remb
        return round(max(self._minimum, min(rates)))

    @property
    def pacing_rate(self) -> int:
        """At how many bit/s packets may leave."""
        return round(PACING_FACTOR * self.target_bitrate)

    def packet_sent(self, now: float) -> None:
        """Take note that a packet leaves."""
        if self._heard is None:
            self._heard = now
            self._probing.begin(self._start)
        self._sent_since = True

    def round_trip(self, seconds: float) -> None:
        """Take note of the round trip."""
        self._round_trip = seconds

    def probe(self, now: float) -> ProbeCluster | None:
        """Return a cluster that is to be sent now; ask several times a second."""
        return self._probing.next(self.target_bitrate, now, calm=now - self._overused >= CALM)

    def feedback(self, results: Sequence[PacketResult], now: float) -> None:
        """Take transport-wide feedback: the packets that it tells of, in their order."""
        self._heard, self._sent_since = now, False
        probed: float | None = None
        usage: Usage | None = None
        for result in results:
            if result.arrived is None:
                continue
            self._acknowledged.packet(result.size, result.arrived)
            if gradient := self._inter_arrival.packet(result.sent, result.arrived):
                found = self._trendline.gradient(gradient, result.arrived)
                usage = Usage.OVERUSING if Usage.OVERUSING in (found, usage) else found
            if result.probe is not None:
                probed = self._probing.result(result) or probed
        acknowledged = self._acknowledged.bits_per_second
        usage = usage or self._trendline.usage
        if usage is Usage.OVERUSING:
            self._overused = now
        # One that shows less may have met a moment of jitter: the delay tells what is too much.
        is_more = probed is not None and probed > self.target_bitrate
        if probed is not None and is_more and usage is not Usage.OVERUSING:
            self._aimd.set_estimate(probed, now)
            self._loss.set_estimate(probed)
        else:
            self._aimd.update(usage, acknowledged, self._round_trip, now)

    def remb(self, bits_per_second: int) -> None:
        """Take the estimate of a receiver that gives no transport-wide feedback."""
        self._remb = float(min(bits_per_second, self._maximum))

    def loss_reported(self, fraction: float, passed: float, now: float) -> None:
        """Take the loss of the last `passed` seconds by a receiver report."""
        self._loss.reported(fraction, passed, self.target_bitrate, self._round_trip, now)

    def tick(self, now: float) -> None:
        """Reduce the rate where nothing is heard of what was sent; ask several times a second."""
        if self._heard is None or not self._sent_since:
            return
        if now - self._heard >= FEEDBACK_TIMEOUT:
            self._heard = now
            self._aimd.set_estimate(BLOCKED_SCALE * self._aimd.bits_per_second, now)
