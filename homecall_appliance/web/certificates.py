"""The certificate that the configuration asks for."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, assert_never

from homecall_appliance.web.addresses import certificate_names, home_addresses, public_host
from homecall_appliance.web.certificate_files import CertificateFiles
from homecall_appliance.web.home_network import HomeNetwork
from homecall_appliance.web.local_ca import LocalAuthority
from homecall_appliance.web.tls import Certificates, TlsError


def open_certificates(
    mode: Literal["local-ca", "files"],
    *,
    certificate: str,
    private_key: str,
    state_directory: str,
    host: str,
    home: HomeNetwork,
) -> Certificates:
    """Return the certificate of tls.mode, ready to be served; `host` is server.public_host,
    `home` has the addresses that the appliance's own authority vouches for.

    Blocks, for seconds where keys are made; raises TlsError.
    """
    match mode:
        case "files":
            files = CertificateFiles(
                Path(certificate), Path(private_key), lambda: public_host(host, home), _now
            )
            if not files.serves:
                raise TlsError(files.problem)
            return files
        case "local-ca":
            return LocalAuthority(
                Path(state_directory),
                lambda: certificate_names(public_host(host, home), home_addresses(home)),
                _now,
            )
        case _:
            assert_never(mode)


def _now() -> datetime:
    return datetime.now(UTC)
