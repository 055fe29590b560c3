"""A certificate of the appliance's own authority, served whatever the disk does."""

import logging
import ssl
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from homecall_appliance.certificates.authority import (
    Authority,
    KeyPair,
    authority_name,
    believed,
    is_due,
    issue,
    make_authority,
)
from homecall_appliance.certificates.elapsed import Elapsed
from homecall_appliance.certificates.key_store import KeyStore, OtherAuthorityError, UnusableError
from homecall_appliance.certificates.tls import Serving, TlsError
from homecall_appliance.network.addresses import Names
from homecall_appliance.storage.advice import advice

logger = logging.getLogger(__name__)

NOTICE = timedelta(days=90)
"""How long before an authority's end, and after the beginning of one that took another's place, the
owner is told of it."""

DOUBT = 24 * 3600.0
"""Seconds of running for which the clock must say that the authority has ended until one takes its
place: a clock that runs years ahead for a while must not cost what every phone trusts."""


class LocalAuthority(Serving):
    """An authority of the appliance's own, and the server certificate that it issues.

    A server certificate that is missing, half written or not ours is issued again, silently; an
    authority that is damaged, or that could vouch for every site, is replaced, with a warning,
    because phones must trust the new one.

    What cannot be written is served all the same, from memory, and written as soon as that works.
    What cannot be read is another matter: an authority that phones may trust already is not
    replaced.
    """

    def __init__(
        self,
        directory: Path,
        names: Callable[[], Names],
        now: Callable[[], datetime],
        uptime: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open or make everything; TlsError where the directory is somebody else's, or where what
        is in it cannot be read. `uptime` is in seconds, and never jumps."""
        super().__init__()
        self._store = KeyStore(directory)
        self._names = names
        self._now = now
        self._ended_for = Elapsed(self._store.ended_file, uptime)
        authority = self._open_authority()
        self._authority = authority or make_authority(names(), now())
        self._authority_kept, self._tidied = authority is not None, False
        self._before = self._store.replaced_root(self._authority.root)
        leaf = self._store.leaf(self._authority)
        self._leaf = leaf or issue(self._authority, names(), now())
        self._leaf_kept = leaf is not None
        self._serve_leaf(self._leaf)
        self.refresh()

    lacking = False

    @property
    def authority_pem(self) -> bytes:
        """The certificate that phones are asked to trust."""
        return self._authority.root_pem

    @property
    def authority_end(self) -> datetime:
        """See Certificates.authority_end."""
        return self._authority.end

    def needs_trust(self, host: str) -> bool:  # noqa: ARG002 - whoever it is
        """See Certificates.needs_trust."""
        return True

    def is_owners(self, connection: ssl.SSLObject) -> bool:  # noqa: ARG002 - there is none
        """See Certificates.is_owners."""
        return False

    def _update(self) -> None:
        names, now = self._names(), self._now()
        if self._has_ended(now):
            self._begin_again(names, now)
        covered = self._authority.covered(names)
        if is_due(self._leaf, self._authority, covered, now):
            leaf = issue(self._authority, covered, now)
            self._serve_leaf(leaf)
            self._leaf, self._leaf_kept = leaf, False
        self._announce(self._notice(now))
        self._keep()
        if names.host != covered.host:
            raise TlsError(
                f"The appliance's authority cannot vouch for {names.host}, so phones refuse its "
                "certificate for that: it was made when the appliance had other names. Give "
                "server.public_host a name or an address at home, or have a new authority made. "
                f"{self._renewal}"
            )
        if believed(now) > self._authority.end:
            raise TlsError(
                f"The authority has ended on {_day(self._authority.end)}, so phones warn. If the "
                "clock is right, a new one takes its place once the appliance has run for a day, "
                "and every phone must be asked to trust it."
            )

    def _has_ended(self, now: datetime) -> bool:
        """Whether the clock has said so for long enough to be believed."""
        return self._ended_for.count(so=believed(now) > self._authority.end) >= DOUBT

    def _begin_again(self, names: Names, now: datetime) -> None:
        self._before = self._authority.root
        self._authority = make_authority(names, now)
        self._authority_kept = self._tidied = False
        self._leaf, self._leaf_kept = issue(self._authority, names, now), False
        self._serve_leaf(self._leaf)

    def _notice(self, now: datetime) -> str | None:
        name = authority_name(self.authority_pem)
        end = self._authority.end
        if end - NOTICE < believed(now) <= end:
            return (
                f"The authority {name} ends on {_day(end)}. Then another one takes "
                "its place, and every phone must be asked to trust it. To choose the day yourself, "
                f"have a new one made before. {self._renewal}"
            )
        if self._before and believed(now) < self._authority.begin + NOTICE:
            return (
                f"Since {_day(self._authority.begin)} the authority {name} is in the place of "
                f"{_common_name(self._before)}: ask every phone to trust the new one, and remove "
                "the old one from it."
            )
        return None

    @property
    def _renewal(self) -> str:
        return (
            f"Every phone must be asked to trust it then: sudo rm {self._store.authority_file} && "
            "sudo systemctl restart homecall-appliance"
        )

    def _serve_leaf(self, leaf: KeyPair) -> None:
        try:
            self._serve(self._authority.chain(leaf) + leaf.key_pem)
        except OSError as error:
            raise TlsError(
                f"A new certificate cannot be used ({error.strerror or error}). It is tried again; "
                "if that does not help, restart the appliance."
            ) from error

    def _open_authority(self) -> Authority | None:
        try:
            self._claim_directory()
            return self._store.authority()
        except UnusableError as error:
            logger.warning("%s", error)
            return None
        except OSError as error:
            raise TlsError(
                f"The certificates in {self._store.directory} cannot be used "
                f"({error.strerror or error}). {advice(error)}"
            ) from error

    def _claim_directory(self) -> None:
        try:
            self._store.claim()
        except PermissionError:
            raise
        except OSError as error:  # the disk's fault: the owner is told if something must be kept
            logger.debug("The directory %s is left as it is: %s", self._store.directory, error)

    def _keep(self) -> None:
        """Write what is not kept yet."""
        try:
            self._store.claim()
            if not self._authority_kept:
                self._store.keep_authority(self._authority, self._before)
                self._authority_kept = True
            if not self._tidied:
                self._store.tidy(self._authority)
                self._tidied = True
            if not self._leaf_kept:
                self._store.keep_leaf(self._leaf, self._authority)
                self._leaf_kept = True
        except OtherAuthorityError as error:
            raise TlsError(
                f"Since the start another authority has come into {self._store.directory}, which "
                "phones may trust already. Restart the appliance: it uses that one then."
            ) from error
        except OSError as error:
            consequence = (
                "calls work all the same"
                if self._authority_kept
                else "calls work, but after a restart every phone must be asked to trust the "
                "appliance again, unless they can be kept before it"
            )
            raise TlsError(
                f"The certificates cannot be kept in {self._store.directory} "
                f"({error.strerror or error}): {consequence}. {advice(error)}"
            ) from error


def _common_name(certificate: x509.Certificate) -> str:
    return authority_name(certificate.public_bytes(Encoding.PEM))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
