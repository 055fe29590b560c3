"""An authority that says something else than RFC 8555 has costs no daemon, and no certificate."""

from pathlib import Path

import pytest

from tests.acme.acme_world import TODAY, settle, told
from tests.acme.test_renewal import scene

PLACES = ("directory", "new-order", "authz", "order", "certificate", "renewal-info")
NONSENSE = (
    b"",
    b"<html>",
    b"5",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b'{"newNonce": 1, "status": [], "suggestedWindow": "never"}',
    b'{"newNonce": "x", "newAccount": "x", "newOrder": "x", "meta": 5}',
    b'{"newNonce": "\\u0000", "newAccount": "", "newOrder": "", "status": "ready"}',
    b'{"status": "pending", "challenges": [null, {"type": "http-01", "token": {}}]}',
    b'{"status": "valid", "certificate": "file:///etc/passwd", "authorizations": [7, null]}',
    b'{"suggestedWindow": {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}}',
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
async def test_nonsense_is_told_or_left_out(tmp_path: Path, place: str) -> None:
    async with scene(tmp_path) as now:
        now.authority.window = (TODAY.isoformat(), TODAY.replace(year=2028).isoformat())
        for number, each in enumerate(NONSENSE):
            now.world.folder = tmp_path / str(number)
            now.authority.nonsense = {place: each}
            renewal = now.world.renewal()
            await settle(renewal)
            assert bool(told(renewal)) == (not renewal.certificate_file.exists())
            if place != "renewal-info":
                assert told(renewal), each
                assert told(renewal).endswith((".", ")")), each
            now.authority.nonsense = {}
            now.world.folder = tmp_path / f"{number} again"
            renewal = now.world.renewal()
            await settle(renewal)
            assert told(renewal) == ""
