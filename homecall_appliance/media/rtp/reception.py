"""What has come of one source, for the reports on it (RFC 3550, section 6.4.1 and appendix A)."""

from homecall_appliance.media.rtp.rtcp import ReportBlock, SenderReport
from homecall_appliance.media.rtp.sequence import Unwrapper

_MOST_JITTER = 0xFFFFFFFF


class Reception:
    """Counts the packets of one source."""

    def __init__(self, ssrc: int, clock_rate: int, number: int) -> None:
        """`number` is the sequence number of its first packet."""
        self.ssrc = ssrc
        self.packets = 0
        self.jitter = 0.0
        """Ticks of its clock (appendix A.8)."""

        self._clock_rate = clock_rate
        self._number = Unwrapper(16)
        self._first = self._highest = self._number.unwrap(number)
        self._transit: int | None = None
        self._expected_before = self._packets_before = 0
        self._report: SenderReport | None = None
        self._reported = 0.0

    def received(self, number: int, timestamp: int, arrived: float) -> None:
        """Take note of a packet with this sequence number."""
        self.packets += 1
        self._highest = max(self._highest, self._number.unwrap(number))
        transit = round(arrived * self._clock_rate) - timestamp & 0xFFFFFFFF
        if self._transit is not None:
            apart = abs((transit - self._transit + 0x80000000 & 0xFFFFFFFF) - 0x80000000)
            self.jitter += (apart - self.jitter) / 16
        self._transit = transit

    def sender_report(self, report: SenderReport, arrived: float) -> None:
        """Take note of a report of the source."""
        self._report, self._reported = report, arrived

    @property
    def lost(self) -> int:
        """Packets that did not come, less those that came twice."""
        return self._highest - self._first + 1 - self.packets

    def block(self, now: float) -> ReportBlock:
        """Return what is reported now; the next one is of what comes from now on."""
        expected = self._highest - self._first + 1
        expected_now = expected - self._expected_before
        lost_now = expected_now - (self.packets - self._packets_before)
        self._expected_before, self._packets_before = expected, self.packets
        fraction = (lost_now << 8) // expected_now if expected_now > 0 and lost_now > 0 else 0
        last, delay = 0, 0
        if self._report:
            last = self._report.ntp >> 16 & 0xFFFFFFFF
            delay = max(0, round((now - self._reported) * 0x10000))
        return ReportBlock(
            self.ssrc,
            min(fraction, 255),
            self.lost,
            self._highest & 0xFFFFFFFF,
            min(round(self.jitter), _MOST_JITTER),
            last,
            delay,
        )
