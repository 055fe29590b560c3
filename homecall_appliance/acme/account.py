"""The account at an authority, and the file in which it is kept."""

import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm

from homecall_appliance.acme.authority import Authority, Problem
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.http import Answer
from homecall_appliance.acme.jose import AccountKey
from homecall_appliance.storage.atomic import replace_file

_MODE = 0o600


@dataclass(frozen=True)
class Account:
    """A key that an authority knows, and the URL by which it does (RFC 8555, section 7.3)."""

    key: AccountKey
    url: str
    email: str


class AccountFile:
    """A file that has the account, or does not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, email: str) -> Account | None:
        """Return the account that was made for this address; None where there is none that can be
        used. A damaged one is replaced at no cost but a request."""
        try:
            document = json.loads(self._path.read_text())
            account = Account(
                AccountKey.from_pem(str(document["key"]).encode()),
                str(document["url"]),
                str(document["email"]),
            )
        except (OSError, ValueError, KeyError, TypeError, UnsupportedAlgorithm):
            return None
        return account if account.email == email else None

    def save(self, account: Account) -> None:
        """Keep an account in the place of the former one; raises OSError."""
        document = {
            "url": account.url,
            "email": account.email,
            "key": account.key.pem.decode(),
        }
        replace_file(self._path, json.dumps(document, indent=2).encode(), _MODE)


async def register(authority: Authority, email: str) -> Account:
    """Make an account with a new key. Who configures ACME agrees to the authority's terms."""
    directory = await authority.directory()
    if directory.external_account_required:
        raise AcmeError(
            f"{authority.host} wants an account that was made on its website, which is not "
            "supported. Take another authority (tls.acme.directory); Let's Encrypt wants none."
        )
    key = AccountKey.generate()
    request: dict[str, object] = {"termsOfServiceAgreed": True}
    if email:
        request["contact"] = [f"mailto:{email}"]
    answer = await authority.post(directory.new_account, request, key, None)
    return Account(key, _location(answer), email)


def is_lost(problem: Problem) -> bool:
    """Whether an authority says that it does not know the account, or does not want it any more
    (RFC 8555, sections 6.2 and 7.3.6)."""
    return problem.kind in {"accountDoesNotExist", "unauthorized"}


def _location(answer: Answer) -> str:
    if url := answer.headers.get("Location"):
        return url
    raise AcmeError("The authority has made an account and does not say where. It is tried again.")
