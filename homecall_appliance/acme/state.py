"""What is kept of an authority: the account, the certificate, and when not to ask again."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from homecall_appliance.acme.account import AccountFile
from homecall_appliance.acme.order import is_for
from homecall_appliance.acme.place import certificate_file
from homecall_appliance.acme.schedule import Attempts, Validity, recalled
from homecall_appliance.certificates.pem import (
    PemError,
    certificates_in,
    is_issued_by,
    private_key_in,
)
from homecall_appliance.storage.atomic import replace_file

_DIRECTORY_MODE = 0o700
_MODE = 0o600


@dataclass(frozen=True)
class Settings:
    """What an owner configures in the table tls.acme; see there."""

    domain: str
    directory: str
    email: str = ""
    provider: str = ""
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    """Tokens are secrets."""

    profile: str = ""
    propagation_timeout: float = 120.0
    address_command: str = ""

    @property
    def fingerprint(self) -> str:
        """What differs where an owner has changed something."""
        text = json.dumps([*vars(self).values()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class State:
    """What is kept of one authority. Its methods block."""

    def __init__(self, state_directory: Path, settings: Settings) -> None:
        """Nothing is made before `claim`."""
        self._settings = settings
        self.certificate_file = certificate_file(
            state_directory, settings.directory, settings.domain
        )
        self._directory = self.certificate_file.parent
        self.account_file = AccountFile(self._directory / "account.json")
        self._attempts = self._directory / "attempts.json"

    def claim(self) -> None:
        """Make the directory, for its owner alone; raises OSError."""
        for each in (self._directory.parent, self._directory):
            each.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)

    def certificate(self) -> x509.Certificate | None:
        """The certificate that is kept; None where there is none for the domain, with its key and
        whole.

        Raises OSError where that cannot be known.
        """
        try:
            pem = self.certificate_file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            (certificate, *others), key = certificates_in(pem), private_key_in(pem)
        except PemError:
            return None
        issuers = [each for each in others if each.subject == certificate.issuer]
        whole = not issuers or any(is_issued_by(certificate, each) for each in issuers)
        ours = whole and key.public_key() == certificate.public_key()
        return certificate if ours and is_for(certificate, self._settings.domain) else None

    def keep_certificate(self, pem: bytes) -> None:
        """Put a certificate with its key in the place of the former one; raises OSError, and then
        the former one is untouched."""
        self.claim()
        replace_file(self.certificate_file, pem, _MODE)

    def attempts(self, now: datetime, uptime: float) -> Attempts:
        """What a former run has left. Where an owner has changed the configuration since, only
        what a server has demanded counts: of the same name, and with the same provider."""
        try:
            document = json.loads(self._attempts.read_text())
            former = Attempts(
                int(document["failures"]),
                float(document["pause"]),
                bool(document["demanded"]),
                str(document["reason"]),
            )
            since = datetime.fromtimestamp(float(document["since"]), UTC)
            found = recalled(former, since, now=now, uptime=uptime)
            same = document["settings"] == self._settings.fingerprint
            asked_again = document["asked"] == self._asked
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return Attempts()
        return found if same or (found.demanded and asked_again) else Attempts()

    @property
    def _asked(self) -> list[str]:
        """What servers were asked for, and whose: what they demand is about no other."""
        return [self._settings.domain, self._settings.provider]

    def keep_attempts(self, attempts: Attempts, now: datetime, uptime: float) -> None:
        """Keep it for the next run; raises OSError."""
        document: dict[str, Any] = {
            "failures": attempts.failures,
            "pause": max(0.0, attempts.until - uptime),
            "since": now.timestamp(),
            "demanded": attempts.demanded,
            "reason": attempts.reason,
            "asked": self._asked,
            "settings": self._settings.fingerprint,
        }
        self.claim()
        replace_file(self._attempts, json.dumps(document).encode(), _MODE)


def validity(certificate: x509.Certificate) -> Validity:
    """What of a certificate decides when it is renewed."""
    return Validity(
        certificate.serial_number,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )
