"""The files in which an authority and its server certificate are kept, whatever the disk does."""

import logging
from contextlib import suppress
from pathlib import Path

from cryptography import x509

from homecall_appliance.certificates.authority import Authority, KeyPair
from homecall_appliance.certificates.pem import PemError, certificates_in, is_issued_by
from homecall_appliance.storage.atomic import destroy_file, move_file, replace_file

logger = logging.getLogger(__name__)

_DIRECTORY_MODE = 0o700
_KEY_MODE = 0o600
_CERTIFICATE_MODE = 0o644

_BEGIN = b"-----BEGIN CERTIFICATE-----"

_SINGLE_TIER_KEYS = ("ca.key", "ca.key.new", "ca.key.damaged")
"""Where an authority of a single tier had its key, which could vouch for every site until 2046."""


class UnusableError(Exception):
    """There is something in the place of the authority, and another one must be made; `str()` is
    a sentence for the owner."""


class OtherAuthorityError(Exception):
    """There is an authority that phones may trust, and it is not the one that is to be kept."""


class KeyStore:
    """A directory with these files.

    authority.pem: what is kept of the authority, all in one, so that there is never a half of it.
    ca.crt: a copy of its root, which phones trust. ca.crt.replaced: what they trusted before.
    server.crt: the server certificate with its issuer. server.key.
    authority.ended: for how many seconds the clock has said that the authority has ended.

    Each method raises OSError where the disk does. After a power cut at any point the next start
    finds the authority that is kept, or the one before it, and goes on from there.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority_file = self._file("authority.pem")
        self.ended_file = self._file("authority.ended")

    def claim(self) -> None:
        """Make the directory, for its owner alone."""
        self.directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        if self.directory.stat().st_mode & 0o777 != _DIRECTORY_MODE:
            self.directory.chmod(_DIRECTORY_MODE)

    def authority(self) -> Authority | None:
        """The authority that is kept; None where there has never been one; UnusableError."""
        content = self._content("authority.pem")
        try:
            if content is not None:
                return Authority.from_pem(content)
        except PemError as error:
            with suppress(PemError):
                return self._repaired(content or b"")
            raise UnusableError(
                f"The authority in {self.directory} is damaged, so a new one is made: every phone "
                "must be asked to trust it. The old file is kept as authority.pem.damaged. "
                f"({error})"
            ) from error
        if any(self._file(name).exists() for name in _SINGLE_TIER_KEYS):
            raise UnusableError(
                f"The authority in {self.directory} could vouch for every site, so another one "
                "takes its place, which can vouch for names and addresses at home alone: every "
                "phone must be asked to trust it."
            )
        if self._content("ca.crt") is not None:
            raise UnusableError(
                f"There is no file {self.authority_file}, so a new authority is made: every phone "
                "must be asked to trust it."
            )
        return None

    def _repaired(self, content: bytes) -> Authority:
        """The authority of a damaged file, with the root from its copy; PemError."""
        whole, _, _ = content.rpartition(_BEGIN)
        repaired = Authority.from_pem(whole + (self._content("ca.crt") or b""))
        logger.warning(
            "The file %s was damaged: phones need not be asked for anything.", self.authority_file
        )
        with suppress(OSError):  # the next start repairs it
            replace_file(self.authority_file, repaired.pem, _KEY_MODE)
        return repaired

    def replaced_root(self, root: x509.Certificate) -> x509.Certificate | None:
        """What phones trusted before this root, as far as files tell."""
        for name in ("ca.crt", "ca.crt.replaced"):
            with suppress(OSError):
                found = _root_in(self._content(name))
                if found not in (None, root):
                    return found
        return None

    def leaf(self, authority: Authority) -> KeyPair | None:
        """The server certificate that is kept; None where there is none of this authority, or
        where it is not as the authority has signed it."""
        try:
            certificates, key = self._content("server.crt"), self._content("server.key")
            leaf = KeyPair.from_pem(certificates or b"", key or b"")
        except (OSError, PemError):
            return None
        whole = is_issued_by(leaf.certificate, authority.intermediate.certificate)
        return leaf if whole and certificates == authority.chain(leaf) else None

    def keep_authority(self, authority: Authority, before: x509.Certificate | None) -> None:
        """Write an authority, in the place of that with the root `before` if it is there, and put
        a damaged one aside; OtherAuthorityError where there is yet another one."""
        if self._content("authority.pem") is not None:
            try:
                found = self.authority()
            except UnusableError:
                move_file(self.authority_file, self._file("authority.pem.damaged"))
            else:
                if found and found.root not in (authority.root, before):
                    raise OtherAuthorityError
        replace_file(self.authority_file, authority.pem, _KEY_MODE)

    def tidy(self, authority: Authority) -> None:
        """Once an authority is kept: bring the copy of its root up to date, and destroy keys that
        phones may still trust and nobody needs."""
        copy = self._content("ca.crt")
        if copy != authority.root_pem:
            if _root_in(copy):
                move_file(self._file("ca.crt"), self._file("ca.crt.replaced"))
            replace_file(self._file("ca.crt"), authority.root_pem, _CERTIFICATE_MODE)
        for name in _SINGLE_TIER_KEYS:
            if self._file(name).exists():
                destroy_file(self._file(name))

    def keep_leaf(self, leaf: KeyPair, authority: Authority) -> None:
        """Write a server certificate. Its key comes first: a certificate without its own key counts
        for nothing at the next start."""
        replace_file(self._file("server.key"), leaf.key_pem, _KEY_MODE)
        replace_file(self._file("server.crt"), authority.chain(leaf), _CERTIFICATE_MODE)

    def _content(self, name: str) -> bytes | None:
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, name: str) -> Path:
        return self.directory / name


def _root_in(content: bytes | None) -> x509.Certificate | None:
    """The root in a file of this content, signed by itself; None where it is damaged."""
    try:
        found = certificates_in(content or b"")[0]
    except PemError:
        return None
    return found if is_issued_by(found, found) else None
