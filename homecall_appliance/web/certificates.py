"""The certificates that the configuration asks for."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, assert_never

from homecall_appliance.web.addresses import (
    address_of,
    certificate_names,
    home_addresses,
    public_host,
)
from homecall_appliance.web.certificate_files import CertificateFiles
from homecall_appliance.web.certificate_selection import CertificateSelection
from homecall_appliance.web.home_network import HomeNetwork
from homecall_appliance.web.local_ca import LocalAuthority
from homecall_appliance.web.tls import Certificates, TlsError

log = logging.getLogger(__name__)


def open_certificates(
    mode: Literal["local-ca", "files"],
    *,
    certificate: str,
    private_key: str,
    state_directory: str,
    host: str,
    home: HomeNetwork,
) -> Certificates:
    """Return the certificates of tls.mode, ready to be served; `host` is server.public_host,
    `home` has the addresses that the appliance's own authority vouches for.

    Blocks, for seconds where keys are made; raises TlsError.
    """
    match mode:
        case "files":
            files = CertificateFiles(
                Path(certificate), Path(private_key), lambda: public_host(host, home), _now
            )
            return beside_own_authority(files, Path(state_directory), host, home)
        case "local-ca":
            return _local_authority(Path(state_directory), host, home)
        case _:
            assert_never(mode)


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
        lambda: certificate_names(public_host(host, home), home_addresses(home)),
        _now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
