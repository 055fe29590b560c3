"""RTP and RTCP encrypted by the keys that DTLS has agreed on (RFC 3711, RFC 5764)."""

from collections.abc import Callable, Sequence
from typing import Any

import pylibsrtp
from aiortc import RTCDtlsTransport


class SrtpTransport:
    """Encrypts and decrypts the packets of one DTLS transport; does neither before there are keys.

    The SRTP sessions are aiortc's, which makes them in the handshake and has no public name for
    them. Between the end of the transport and that of its socket they go on being of use.
    """

    def __init__(self, dtls: RTCDtlsTransport) -> None:
        self._dtls: Any = dtls

    def protect(self, packets: Sequence[bytes]) -> list[bytes]:
        """Return RTP packets encrypted, none as long as there are no keys."""
        session = self._dtls._tx_srtp
        return [session.protect(packet) for packet in packets] if session else []

    def protect_rtcp(self, packet: bytes) -> bytes | None:
        """Return a compound RTCP packet encrypted, None as long as there are no keys."""
        session = self._dtls._tx_srtp
        protected: bytes | None = session.protect_rtcp(packet) if session else None
        return protected

    def unprotect(self, datagram: bytes) -> bytes | None:
        """Return the RTP packet of a datagram; None for one that is not the phone's, or is a
        repetition (RFC 3711, section 3.3.2), or as long as there are no keys."""
        session = self._dtls._rx_srtp
        return _decrypted(session.unprotect, datagram) if session else None

    def unprotect_rtcp(self, datagram: bytes) -> bytes | None:
        """Return the compound RTCP packet of a datagram, None as for `unprotect`."""
        session = self._dtls._rx_srtp
        return _decrypted(session.unprotect_rtcp, datagram) if session else None


def _decrypted(unprotect: Callable[[bytes], bytes], datagram: bytes) -> bytes | None:
    try:
        return unprotect(datagram)
    except (pylibsrtp.Error, ValueError):  # ValueError: longer than any packet may be
        return None
