"""libspeexdsp: a filter that learns the echo, and a suppressor of noise and of what is left."""

import ctypes
import weakref
from functools import cache

import numpy as np

from homecall_appliance.media.ports import SAMPLE_RATE, Block

_LIBRARY = "libspeexdsp.so.1"

_ECHO_SET_SAMPLING_RATE = 24  # speex_echo.h
_SET_NOISE_SUPPRESS, _SET_ECHO_STATE = 18, 24  # speex_preprocess.h


class EchoFilter:
    """Takes out what is a linear echo; late by nothing. OSError without libspeexdsp.

    It is the multidelay block filter of Soo and Pang (1990) with the learning rate of Valin, "On
    Adjusting the Learning Rate in Frequency Domain Echo Cancellation With Double-Talk" (2007).
    """

    def __init__(self, frame: int, tail: int) -> None:
        """`frame`: samples at a time; `tail`: samples that the echo lasts at most."""
        self._speex = _library()
        self.state = self._speex.speex_echo_state_init(frame, tail)
        weakref.finalize(self, self._speex.speex_echo_state_destroy, self.state)
        rate = ctypes.byref(ctypes.c_int32(SAMPLE_RATE))
        self._speex.speex_echo_ctl(self.state, _ECHO_SET_SAMPLING_RATE, rate)

    def process(self, captured: Block, played: Block) -> Block:
        """Return one frame of the microphone without the echo."""
        captured, played = (np.ascontiguousarray(each, np.int16) for each in (captured, played))
        left = np.empty_like(captured)
        self._speex.speex_echo_cancellation(
            self.state, captured.ctypes.data, played.ctypes.data, left.ctypes.data
        )
        return left


class Suppressor:
    """Takes out steady noise, as Ephraim and Malah (1984) do; late by a frame.

    After an `EchoFilter` also the echo that it has left. OSError without libspeexdsp.
    """

    def __init__(self, frame: int, noise: int, after: EchoFilter | None = None) -> None:
        """`frame`: samples at a time; `noise`: dB by which noise is lowered at most, negative."""
        self._speex = _library()
        self._after = after  # which the state below looks into
        self._state = self._speex.speex_preprocess_state_init(frame, SAMPLE_RATE)
        weakref.finalize(self, self._speex.speex_preprocess_state_destroy, self._state)
        self._set(_SET_NOISE_SUPPRESS, ctypes.byref(ctypes.c_int32(noise)))
        if after:
            self._set(_SET_ECHO_STATE, after.state)

    def process(self, captured: Block) -> Block:
        """Return one frame with less of both."""
        samples = np.array(captured, np.int16)
        self._speex.speex_preprocess_run(self._state, samples.ctypes.data)
        return samples

    def _set(self, request: int, value: object) -> None:
        self._speex.speex_preprocess_ctl(self._state, request, value)


@cache
def _library() -> ctypes.CDLL:
    speex = ctypes.CDLL(_LIBRARY)
    number, pointer = ctypes.c_int, ctypes.c_void_p
    speex.speex_echo_state_init.restype = pointer
    speex.speex_echo_state_init.argtypes = number, number
    speex.speex_echo_state_destroy.argtypes = (pointer,)
    speex.speex_echo_ctl.argtypes = pointer, number, pointer
    speex.speex_echo_cancellation.argtypes = pointer, pointer, pointer, pointer
    speex.speex_preprocess_state_init.restype = pointer
    speex.speex_preprocess_state_init.argtypes = number, number
    speex.speex_preprocess_state_destroy.argtypes = (pointer,)
    speex.speex_preprocess_ctl.argtypes = pointer, number, pointer
    speex.speex_preprocess_run.argtypes = pointer, pointer
    return speex
