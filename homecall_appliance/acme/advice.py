"""What an authority advises about a renewal (RFC 9773)."""

import logging
from datetime import datetime

from cryptography import x509

from homecall_appliance.acme.authority import Authority, text_of
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.jose import certificate_id
from homecall_appliance.acme.schedule import LONGEST_ADVICE_INTERVAL, Window, advice_interval

logger = logging.getLogger(__name__)


async def ask_for_advice(
    authority: Authority, certificate: x509.Certificate
) -> tuple[Window | None, float]:
    """Return when the authority wants a certificate renewed, None where it does not say, and after
    how many seconds to ask again; AcmeError where it gives no usable answer."""
    directory = await authority.directory()
    identifier = certificate_id(certificate)
    if directory.renewal_info is None or identifier is None:
        return None, LONGEST_ADVICE_INTERVAL
    answer = await authority.get(f"{directory.renewal_info.rstrip('/')}/{identifier}")
    document = answer.json()
    window = document.get("suggestedWindow") if isinstance(document, dict) else None
    found = Window(_moment(window, "start"), _moment(window, "end"))
    if found.end <= found.start:  # RFC 9773, section 4.2
        raise AcmeError("its window ends before it begins")
    if url := document.get("explanationURL"):
        logger.info("The authority tells why it wants a renewal then: %s", url)
    return found, advice_interval(answer.retry_after)


def _moment(window: object, name: str) -> datetime:
    text = text_of(window, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AcmeError(f"its window has no {name}") from error
    if moment.tzinfo is None:
        raise AcmeError(f"its window has a {name} without an offset from UTC")
    return moment
