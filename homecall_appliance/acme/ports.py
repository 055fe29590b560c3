"""What the order of a certificate needs of the DNS."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

IPAddress = IPv4Address | IPv6Address


class TxtProvider(Protocol):
    """Whoever can change TXT records in the owner's zone.

    Names are absolute, in lower case and without the dot at their end. Both methods raise
    ProviderError.
    """

    async def present(self, name: str, value: str) -> None:
        """Publish a TXT record of this name with this value, of no more than 255 bytes."""
        ...

    async def cleanup(self, name: str, value: str) -> None:
        """Take that record out again."""
        ...


class AddressProvider(Protocol):
    """Whoever can change the A and AAAA records of the owner's name."""

    async def set_addresses(self, name: str, addresses: Sequence[IPAddress]) -> None:
        """Publish these addresses in the place of all that the name has; raises ProviderError."""
        ...
