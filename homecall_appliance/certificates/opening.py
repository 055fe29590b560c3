"""The certificates that the configuration asks for."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from homecall_appliance.certificates.files import CertificateFiles, Source
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.selection import CertificateSelection
from homecall_appliance.certificates.tls import Certificates, TlsError
from homecall_appliance.network.addresses import (
    address_of,
    certificate_names,
    home_addresses,
    public_host,
)
from homecall_appliance.network.home_network import HomeNetwork

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnerFiles:
    """An owner's certificate with its chain, and its private key: PEM files, or one for all."""

    certificate: Path
    private_key: Path
    source: Source | None = None
    """What writes them, where that is not the owner."""


def open_certificates(
    owner: OwnerFiles | None, *, state_directory: str, host: str, home: HomeNetwork
) -> Certificates:
    """Return the certificates, ready to be served: an owner's, if there is one, and those of the
    appliance's own authority. `host` is that of links, or "auto"; `home` has the addresses that
    the own authority vouches for.

    Blocks, for seconds where keys are made; raises TlsError.
    """
    if owner is None:
        return _local_authority(Path(state_directory), host, home)
    files = CertificateFiles(
        owner.certificate,
        owner.private_key,
        lambda: public_host(host, home),
        _now,
        source=owner.source,
    )
    return beside_own_authority(files, Path(state_directory), host, home)


def beside_own_authority(
    owner: CertificateFiles, state_directory: Path, host: str, home: HomeNetwork
) -> CertificateSelection | CertificateFiles:
    """Return the owner's certificate with one of our own authority for whoever comes by an address,
    and for all while the owner's is not usable; or the owner's alone where the authority's
    directory cannot be used. Raises TlsError where neither can be.

    Our own is for what links name without server.public_host: no authority of ours needs to vouch
    for an owner's domain.
    """
    by_address = host if address_of(host) else "auto"
    try:
        local = _local_authority(state_directory, by_address, home)
    except TlsError as error:
        if not owner.serves:
            raise
        log.warning("Who comes by an address is shown the owner's certificate. %s", error)
        return owner
    return CertificateSelection(owner, local, lambda: public_host(by_address, home))


def _local_authority(directory: Path, host: str, home: HomeNetwork) -> LocalAuthority:
    return LocalAuthority(
        directory,
        lambda: certificate_names(
            public_host(host, home), home_addresses(home), local_name=home.local_name()
        ),
        _now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
