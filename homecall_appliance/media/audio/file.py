"""A sound file in place of a microphone."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain

import av
import numpy as np

from homecall_appliance.media.audio.paced import Pacer, silence
from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    SAMPLE_RATE,
    Block,
    DeviceError,
    Exchange,
    SoundFigures,
    SoundProblems,
)


class SoundFile:
    """A `media.ports.AudioDevice` that hears any file that FFmpeg reads, again and again."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self, path: str, pacer: Pacer | None = None) -> None:
        self._path = path
        self._pacer = pacer or Pacer()

    @contextmanager
    def open(self, exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        """See `AudioDevice.open`; DeviceError when the file is missing, damaged or has no sound."""
        if not capture:
            with self._pacer.run(exchange, silence()):
                yield
            return
        with closing(self._blocks()) as blocks:
            first = next(blocks)
            with self._pacer.run(exchange, chain([first], blocks)):
                yield

    def _blocks(self) -> Generator[Block, None, None]:
        # One resampler for all rounds: it carries what does not fill a block into the next one.
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE, BLOCK_SAMPLES)
        while True:
            for frame in self._frames():
                for resampled in resampler.resample(frame):
                    yield resampled.to_ndarray()[0].astype(np.int16, copy=False)

    def _frames(self) -> Iterator[av.AudioFrame]:
        """One round through the file."""
        heard = False
        try:
            with av.open(self._path) as container:
                streams = container.streams.audio
                for frame in container.decode(streams[0]) if streams else ():
                    heard = True
                    yield frame
        except (av.FFmpegError, OSError) as error:
            raise DeviceError(
                f'The sound file "{self._path}" cannot be read ({error}). Check audio.input_device.'
            ) from error
        if not heard:
            raise DeviceError(
                f'There is no sound in the file "{self._path}". Name another in audio.input_device.'
            )
