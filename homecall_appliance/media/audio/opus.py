"""The codec of every call's sound (RFC 6716), by libopus.

Directly, and not through FFmpeg, which cannot be asked to conceal a loss, and whose resampler in
PyAV 14 loses memory with every block.
"""

import ctypes
import weakref
from dataclasses import dataclass
from functools import cache

import numpy as np

from homecall_appliance.media.audio.dtx import SilenceSuppression, is_frameless
from homecall_appliance.media.audio.mixer import level
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.audio.quiet import QuietDetector
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, DeviceError

BITRATE = 40_000
"""Bits per second: full-band speech in mono without audible loss (RFC 7587, section 3.1.1)."""

COMPLEXITY = 5
"""Of 0 to 10: what libwebrtc has on phones. From 7 on (libopus 1.3 to 1.6) a silence has to be 25
decibels quieter than what came before: in a room where nobody has spoken yet all is sent. Up to 6
it is what SILK's detector of voice activity says, and half the processor time is enough for speech
that is but 0.1 dB further from what was said than at 9."""

SILENT_COMPLEXITY = 1
"""The same while nothing is sent, which takes half the time again. The first 20 ms of a word are
encoded so, too, and are no further from what was said."""

LONGEST = SAMPLE_RATE * 120 // 1000
"""Samples that a packet has at most (RFC 6716, section 3.2.5)."""

_LIBRARY = "libopus.so.0"
_LARGEST_FRAME = 1275  # RFC 6716, section 3.2.1
_STEP = SAMPLE_RATE // 400  # what is concealed has so many samples, or a multiple

# opus_defines.h
_APPLICATION_VOIP = 2048
_SET_BITRATE, _SET_COMPLEXITY = 4002, 4010
_SET_INBAND_FEC, _SET_PACKET_LOSS, _SET_DTX = 4012, 4014, 4016


@dataclass(frozen=True)
class Sound:
    """One packet of Opus."""

    data: bytes

    timestamp: int
    """Samples since the encoder was made (RFC 7587, section 4.1)."""

    is_sent: bool = True
    """Whether it goes to anybody: False, while a silence goes on (section 3.1.3)."""

    begins_talkspurt: bool = False
    """Whether it is the first after others that were not sent (RFC 3551, section 4.1)."""

    @property
    def payloads(self) -> list[bytes]:
        """What its RTP packets carry."""
        return [self.data]


class OpusError(Exception):
    """libopus has refused something: a packet is damaged."""


class OpusEncoder:
    """Encodes blocks one after the other. For one thread at a time; DeviceError without libopus."""

    def __init__(self) -> None:
        self._opus = _library()
        error = ctypes.c_int()
        self._state = self._opus.opus_encoder_create(
            SAMPLE_RATE, 1, _APPLICATION_VOIP, ctypes.byref(error)
        )
        self._check(error.value)
        weakref.finalize(self, self._opus.opus_encoder_destroy, self._state)
        self._set(_SET_BITRATE, BITRATE)
        self._complexity = 0
        self._set_complexity(COMPLEXITY)
        self._settings = OpusSettings(dtx=False)
        self._suppression = SilenceSuppression()
        self._room = QuietDetector()
        self._packet = ctypes.create_string_buffer(_LARGEST_FRAME)
        self._timestamp = 0

    def apply(self, settings: OpusSettings) -> None:
        """Encode so from the next block on; at first there is neither DTX nor FEC."""
        if settings.expected_loss != self._settings.expected_loss:
            self._set(_SET_INBAND_FEC, int(settings.expected_loss > 0))
            self._set(_SET_PACKET_LOSS, settings.expected_loss)
        self._settings = settings

    def encode(self, block: Block) -> Sound:
        """Return the packet of a block."""
        samples = np.ascontiguousarray(block, np.int16)
        may_be_left_out = self._room.is_quiet(level(samples)) and self._settings.dtx
        self._set(_SET_DTX, int(may_be_left_out))
        size = self._check(
            self._opus.opus_encode(
                self._state, samples.ctypes.data, BLOCK_SAMPLES, self._packet, _LARGEST_FRAME
            )
        )
        data = ctypes.string_at(self._packet, size)
        self._set_complexity(SILENT_COMPLEXITY if is_frameless(data) else COMPLEXITY)
        sound = Sound(data, self._timestamp, *self._suppression.take(data))
        self._timestamp += BLOCK_SAMPLES
        return sound

    def _set_complexity(self, complexity: int) -> None:
        if complexity != self._complexity:
            self._set(_SET_COMPLEXITY, complexity)
            self._complexity = complexity

    def _set(self, request: int, value: int) -> None:
        self._check(self._opus.opus_encoder_ctl(self._state, request, ctypes.c_int32(value)))

    def _check(self, result: int) -> int:
        return _check(self._opus, result)


class OpusDecoder:
    """Decodes the packets of one sender, in their order, to mono. For one thread at a time.

    Raises DeviceError without libopus.
    """

    def __init__(self) -> None:
        self._opus = _library()
        error = ctypes.c_int()
        self._state = self._opus.opus_decoder_create(SAMPLE_RATE, 1, ctypes.byref(error))
        _check(self._opus, error.value)
        weakref.finalize(self, self._opus.opus_decoder_destroy, self._state)
        self._samples = np.zeros(LONGEST, np.int16)

    def decode(self, packet: bytes) -> Block:
        """Return the samples of a packet: shape (n,). Raises OpusError."""
        if not packet:
            raise OpusError("empty packet")  # libopus would conceal a loss
        return self._decode(packet, LONGEST, fec=False)

    def recover(self, following: bytes, samples: int) -> Block:
        """Return a lost packet's `samples` by the coarse copy in the one that follows it.

        Without such a copy they are concealed (RFC 6716, section 2.1.7). Raises OpusError.
        """
        return self._decode(following, samples, fec=True)

    def conceal(self, samples: int) -> Block:
        """Return what may stand for `samples` that did not come: the sound goes on, and fades to
        what was there without a voice (comfort noise)."""
        return self._decode(None, -(-samples // _STEP) * _STEP, fec=False)[:samples]

    def _decode(self, packet: bytes | None, most: int, *, fec: bool) -> Block:
        size = len(packet) if packet else 0
        count = _check(
            self._opus,
            self._opus.opus_decode(
                self._state, packet, size, self._samples.ctypes.data, most, int(fec)
            ),
        )
        return self._samples[:count].copy()


def _check(opus: ctypes.CDLL, result: int) -> int:
    if result < 0:
        raise OpusError(opus.opus_strerror(result).decode())
    return result


@cache
def _library() -> ctypes.CDLL:
    try:
        opus = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise DeviceError(
            "The library Opus is missing, without which there is no sound. "
            "Install the package libopus0."
        ) from error
    number, size, pointer, packet = (
        ctypes.c_int,
        ctypes.c_int32,
        ctypes.c_void_p,
        ctypes.c_char_p,
    )
    opus.opus_strerror.restype = packet
    opus.opus_encoder_create.restype = pointer
    opus.opus_encoder_create.argtypes = size, number, number, pointer
    opus.opus_encoder_destroy.argtypes = (pointer,)
    opus.opus_encoder_ctl.argtypes = pointer, number  # and one more, by its own type
    opus.opus_encode.argtypes = pointer, pointer, number, packet, size
    opus.opus_decoder_create.restype = pointer
    opus.opus_decoder_create.argtypes = size, number, pointer
    opus.opus_decoder_destroy.argtypes = (pointer,)
    opus.opus_decode.argtypes = pointer, packet, size, pointer, number, number
    return opus
