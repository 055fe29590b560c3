"""Which networks lie between a phone and the appliance. PURE."""

from dataclasses import dataclass
from typing import Literal

Nat = Literal["cone", "symmetric"]


@dataclass(frozen=True)
class Topology:
    """The networks of one path."""

    where: Literal["lan", "mobile"] = "mobile"
    """Where the phone is."""

    home_nat: Nat = "cone"
    mobile_nat: Nat = "symmetric"

    home_blocks: tuple[str, ...] = ()
    """Rules of nft(8) that the home's router heeds before all others."""

    mobile_blocks: tuple[str, ...] = ()
    """Those of the mobile network."""

    forwarded: bool = True
    """Whether the home's router hands its port 443 to the appliance."""

    hairpin: bool = True
    """Whether it does so for phones in the home as well (RFC 4787, section 6)."""

    v4: bool = True
    v6: bool = False
    """Which kinds of addresses there are."""
