"""A certificate of the appliance's own authority, served whatever the disk does."""

import errno
import logging
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from homecall_appliance.web.addresses import Names
from homecall_appliance.web.atomic import replace_file
from homecall_appliance.web.authority import KeyPair, is_due, issue, make_authority
from homecall_appliance.web.tls import Serving, TlsError

logger = logging.getLogger(__name__)

_DIRECTORY_MODE = 0o700
_KEY_MODE = 0o600
_CERTIFICATE_MODE = 0o644


class LocalAuthority(Serving):
    """An authority of the appliance's own, and the server certificate that it issues.

    `directory` holds ca.crt, ca.key, server.crt (with its issuer) and server.key. A server
    certificate that is missing, half written or not ours is issued again, silently; an authority
    that is damaged is put aside as *.damaged and replaced, with a warning, because phones must
    trust the new one.

    What cannot be written is served all the same, from memory, and written as soon as that works.
    What cannot be read is another matter: an authority that phones may trust already is not
    replaced.
    """

    def __init__(
        self, directory: Path, names: Callable[[], Names], now: Callable[[], datetime]
    ) -> None:
        """Open or make everything; TlsError where the directory is somebody else's, or where what
        is in it cannot be read."""
        super().__init__()
        self._directory = directory
        self._names = names
        self._now = now
        authority = self._open_authority()
        self._authority = authority or make_authority(now())
        self._authority_kept = authority is not None
        leaf = self._stored_leaf()
        self._leaf = leaf or issue(self._authority, names(), now())
        self._leaf_kept = leaf is not None
        self._serve_leaf(self._leaf)
        self.refresh()

    @property
    def authority_pem(self) -> bytes:
        """The authority's certificate."""
        return self._authority.certificate_pem

    def _update(self) -> None:
        names, now = self._names(), self._now()
        if is_due(self._leaf, names, now):
            leaf = issue(self._authority, names, now)
            self._serve_leaf(leaf)
            self._leaf, self._leaf_kept = leaf, False
        if not self._leaf_kept:
            self._keep()

    def _serve_leaf(self, leaf: KeyPair) -> None:
        try:
            with _in_memory(self._chain(leaf) + leaf.key_pem) as file:
                self._serve(file, file)
        except OSError as error:
            raise TlsError(
                f"A new certificate cannot be used ({error.strerror or error}). It is tried again; "
                "if that does not help, restart the appliance."
            ) from error

    def _open_authority(self) -> KeyPair | None:
        try:
            self._claim_directory()
            return self._stored("ca")
        except ValueError as error:
            logger.warning(
                "The authority in %s is damaged, so a new one is made: every phone must be asked "
                "to trust it again. The old files are kept as *.damaged. (%s)",
                self._directory,
                error,
            )
            return None
        except OSError as error:
            raise TlsError(
                f"The certificates in {self._directory} cannot be used "
                f"({error.strerror or error}). {_advice(error)}"
            ) from error

    def _stored_leaf(self) -> KeyPair | None:
        try:
            leaf = self._stored("server")
            ours = leaf and self._content("server.crt") == self._chain(leaf)
        except (OSError, ValueError):
            return None
        return leaf if ours else None

    def _keep(self) -> None:
        """The authority comes first, and each key before its certificate: after a power cut at
        any point the next start finds a pair, or knows that there is none."""
        try:
            self._make_directory()
            if not self._authority_kept:
                self._make_way()
                self._write("ca", self._authority, self.authority_pem)
                self._authority_kept = True
            self._write("server", self._leaf, self._chain(self._leaf))
            self._leaf_kept = True
        except OSError as error:
            consequence = (
                "calls work all the same"
                if self._authority_kept
                else "calls work, but after a restart every phone must be asked to trust the "
                "appliance again, unless they can be kept before it"
            )
            raise TlsError(
                f"The certificates cannot be kept in {self._directory} "
                f"({error.strerror or error}): {consequence}. {_advice(error)}"
            ) from error

    def _make_way(self) -> None:
        """Put a damaged authority aside; TlsError where a good one has come meanwhile, as on a disk
        that was mounted late."""
        with suppress(ValueError):
            found = self._stored("ca")
            if found and found.certificate != self._authority.certificate:
                raise TlsError(
                    f"Since the start another authority has come into {self._directory}, which "
                    "phones may trust already. Restart the appliance: it uses that one then."
                )
        ours = {"ca.key": self._authority.key_pem, "ca.crt": self.authority_pem}
        for name, content in ours.items():
            if self._content(name) not in (None, content):
                self._file(name).replace(self._file(f"{name}.damaged"))

    def _claim_directory(self) -> None:
        try:
            self._make_directory()
        except PermissionError:
            raise
        except OSError as error:  # the disk's fault: the owner is told if something must be kept
            logger.debug("The directory %s is left as it is: %s", self._directory, error)

    def _make_directory(self) -> None:
        self._directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        if self._directory.stat().st_mode & 0o777 != _DIRECTORY_MODE:
            self._directory.chmod(_DIRECTORY_MODE)

    def _stored(self, name: str) -> KeyPair | None:
        """What is in two files; None where there is neither, ValueError where they are no pair."""
        certificate, key = self._content(f"{name}.crt"), self._content(f"{name}.key")
        if certificate is None and key is None:
            return None
        return KeyPair.from_pem(certificate or b"", key or b"")

    def _content(self, name: str) -> bytes | None:
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, name: str, pair: KeyPair, certificates: bytes) -> None:
        replace_file(self._file(f"{name}.key"), pair.key_pem, _KEY_MODE)
        replace_file(self._file(f"{name}.crt"), certificates, _CERTIFICATE_MODE)

    def _chain(self, leaf: KeyPair) -> bytes:
        return leaf.certificate_pem + self.authority_pem

    def _file(self, name: str) -> Path:
        return self._directory / name


@contextmanager
def _in_memory(content: bytes) -> Generator[Path, None, None]:
    """A file for OpenSSL, which takes nothing else: it is in no directory, and is gone at the end
    (memfd_create(2)). Only who may debug this process can open it."""
    with os.fdopen(os.memfd_create("certificate"), "wb") as file:
        file.write(content)
        file.flush()
        yield Path(f"/proc/self/fd/{file.fileno()}")


def _advice(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "Make room on the disk."
        case errno.EROFS:
            return "Make the disk writable, or name a directory elsewhere in tls.state_directory."
        case errno.EIO:
            return (
                "The disk is failing: replace it, and put a copy of the directory on the new one."
            )
        case _:
            return (
                "Give the directory to the user that runs the service, or name another one in "
                "tls.state_directory."
            )
