"""An owner's own certificate: PEM files, read again when they change."""

import ssl
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from homecall_appliance.certificates.complaints import BY_ITSELF, BY_OWNER, day
from homecall_appliance.certificates.judge import Verdict, judge
from homecall_appliance.certificates.pem import PemFile
from homecall_appliance.certificates.tls import Serving, TlsError

Pair = tuple[PemFile, PemFile]
"""A certificate with those of its issuers, and the private key; may be the same file twice."""


class Source(Protocol):
    """What puts the files there by itself, such as a client of a certificate authority."""

    @property
    def problem(self) -> str | None:
        """Why there are none, or no newer ones: sentences for the owner, or None."""
        ...

    @property
    def notice(self) -> str | None:
        """What the owner should know although nothing is wrong, or None."""
        ...


class CertificateFiles(Serving):
    """The pair that the files have, or the one before it where that is better.

    What is served is judged again and again: a pair that has ended is served no longer, and one
    that every browser refuses is not served at all. In the place of one that is in use comes none
    that is worse. Until there is one, `serves` is false, and handshakes fail.
    """

    authority_pem: None = None
    authority_end: None = None

    def __init__(
        self,
        certificate: Path,
        private_key: Path,
        host: Callable[[], str],
        now: Callable[[], datetime],
        *,
        source: Source | None = None,
    ) -> None:
        """`host` returns that of links, a name or an address. Reads both files; `problem` tells
        where they cannot be used, in the words of `source` where the owner does not put them
        there."""
        super().__init__()
        self._files = (certificate, private_key)
        self._host = host
        self._now = now
        self._source = source
        self._served: Pair | None = None
        self._contexts = WeakSet[ssl.SSLContext]()
        self.refresh()

    @property
    def serves(self) -> bool:
        """Whether there is a certificate to serve."""
        return self._served is not None

    @property
    def lacking(self) -> bool:
        """See Certificates.lacking."""
        return not self.serves

    def needs_trust(self, host: str) -> bool:  # noqa: ARG002 - whoever it is
        """See Certificates.needs_trust."""
        return False

    def is_owners(self, connection: ssl.SSLObject) -> bool:
        """See Certificates.is_owners."""
        return self.serves and connection.context in self._contexts

    def _tell(self, problem: str | None) -> None:
        """Note a problem, and log it unless the source has."""
        told = self._source.problem if self._source else None
        if told and problem and told in problem:
            self.problem = problem
        else:
            super()._tell(problem)

    def _update(self) -> None:
        before = self._judged_again()
        try:
            pair = (
                self._read(self._files[0], "tls.certificate"),
                self._read(self._files[1], "tls.private_key"),
            )
        except TlsError as error:
            raise TlsError(self._beside(before, str(error))) from error
        found = self._judge(pair)
        if found.usable and (before is None or found.grade >= before.grade):
            self._exchange(pair, found)
            before = None
        told = self._source.notice if self._source else None
        self._announce(" ".join(filter(None, (found.notice, told))) or None)
        problem = (self._source and self._source.problem) or found.problem
        if problem:
            raise TlsError(self._beside(before, problem))

    def _judged_again(self) -> Verdict | None:
        """What is served, if browsers still take it."""
        if self._served is None:
            return None
        verdict = self._judge(self._served)
        if verdict.usable:
            return verdict
        self._served = None
        self._withdraw()
        return None

    def _judge(self, pair: Pair) -> Verdict:
        remedy = BY_ITSELF if self._source else BY_OWNER
        return judge(*pair, self._now(), self._host(), remedy=remedy)

    def _exchange(self, pair: Pair, verdict: Verdict) -> None:
        if _contents(pair) != _contents(self._served):
            try:
                self._serve(verdict.pem)
                self._contexts.add(self.newest)
            except ssl.SSLError as error:
                raise TlsError(
                    f"{pair[0].path} and {pair[1].path} cannot be used ({error.reason or error}). "
                    "Get a new certificate with a new key."
                ) from error
        self._served = pair

    def _read(self, file: Path, key: str) -> PemFile:
        """Read the file that this key of the configuration names, behind symbolic links: certbot
        and lego exchange those. Raises TlsError."""
        try:
            return PemFile(str(file), file.read_bytes(), stat.S_IMODE(file.stat().st_mode))
        except OSError as error:
            sentence = (
                f"The file {file} cannot be read ({error.strerror}). Correct its path in the "
                f"configuration ({key}), or put it where the service can read it: "
                "homecall-appliance check-config tells."
            )
            if self._source is not None:
                sentence = self._source.problem or (
                    f"The file {file} is gone. Another certificate is ordered within a day; see "
                    "what has removed it."
                    if isinstance(error, FileNotFoundError)
                    else f"The file {file} cannot be read ({error.strerror}). Give it to the user "
                    f"that runs the service: sudo chown -R homecall: {file.parent}"
                )
            raise TlsError(sentence) from error

    @staticmethod
    def _beside(before: Verdict | None, problem: str) -> str:
        if before is None or before.leaf is None:
            return problem
        end = day(before.leaf.not_valid_after_utc)
        return f"{problem} Until {end} at most the one before it is served."


def _contents(pair: Pair | None) -> tuple[bytes, ...]:
    return tuple(file.content for file in pair or ())
