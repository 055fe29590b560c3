"""What the tests of renewals share: a clock that they set, and a renewal at an authority."""

import asyncio
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.renewal import Renewal
from homecall_appliance.acme.state import Settings

DOMAIN = "door.home.test"
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
TODAY = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class FakeTime:
    """Time that passes only when someone waits for it."""

    now: datetime = TODAY
    uptime: float = 100.0
    end: float = math.inf
    """The uptime from when on whoever waits does so for ever."""

    waiting: bool = False
    """Whether somebody does."""

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.uptime, self.sleep)

    async def sleep(self, seconds: float) -> None:
        if self.uptime >= self.end:
            self.waiting = True
            await asyncio.Event().wait()
        self.pass_by(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def pass_by(self, time: timedelta) -> None:
        self.now += time
        self.uptime += time.total_seconds()


async def hurry(seconds: float) -> None:
    """In the place of asyncio.sleep, where real servers are waited for."""
    await asyncio.sleep(min(seconds, 0.02))


@dataclass
class World:
    """An appliance's state, and the renewals that one after another look after it."""

    folder: Path
    settings: Settings
    tokens: HttpTokens = field(default_factory=HttpTokens)
    clock: Clock = field(default_factory=lambda: Clock(sleep=hurry))
    dns: Dns = field(default_factory=Dns)
    changes: list[str | None] = field(default_factory=list)
    """What was told, each time that something was another."""

    def renewal(self) -> Renewal:
        made = Renewal(
            self.settings,
            self.folder,
            self.tokens,
            earliest=RELEASED,
            on_change=lambda: self.changes.append(made.problem),
            clock=self.clock,
            dns=self.dns,
        )
        return made


async def settle(renewal: Renewal) -> None:
    """Do all that is due at this moment."""
    while not await renewal.do_what_is_due():
        pass


def told(renewal: Renewal) -> str:
    """What the owner should mend; "" where all is well."""
    return renewal.problem or ""


def kept(renewal: Renewal) -> x509.Certificate:
    """The certificate in the file; its key is there, too, and nobody else may read it."""
    file = renewal.certificate_file
    assert file.stat().st_mode & 0o777 == 0o600
    pem = file.read_bytes()
    certificate, *chain = x509.load_pem_x509_certificates(pem)
    key = load_pem_private_key(pem, password=None)
    assert key.public_key() == certificate.public_key()
    certificate.verify_directly_issued_by(chain[0])
    return certificate
