"""No echo cancellation: for hardware that does so itself."""

from homecall_appliance.media.ports import Block, EchoFigures


class Off:
    """A `media.ports.EchoCanceller` that changes nothing."""

    figures = EchoFigures("off")

    def process(self, captured: Block, _played: Block, _skipped: float = 0.0) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        return captured
