"""Real servers that several tests of certificates by ACME share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rigs.knot import DnsServer, dns_server


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[DnsServer]:
    """A DNS server of the test's own."""
    folder = tmp_path / "knot"
    folder.mkdir()
    with dns_server(folder) as server:
        yield server
