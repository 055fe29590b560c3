"""The names that a certificate vouches for, and whether a host is one of them. PURE."""

from cryptography import x509

from homecall_appliance.network.addresses import IPAddress, Names, address_of, dns_name


def names_of(certificate: x509.Certificate) -> Names:
    """Return the names and addresses of a certificate (RFC 5280, section 4.2.1.6), names in lower
    case; none where it has none, or none that can be read."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return Names((), ())
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    names = extension.value.get_values_for_type(x509.DNSName)
    return Names(
        dns=tuple(name.lower().removesuffix(".") for name in names),
        addresses=tuple(each for each in addresses if isinstance(each, IPAddress)),
    )


def bears(names: Names, host: str | IPAddress) -> bool:
    """Whether these names of a certificate stand for the host, which is a name, or an address in
    brackets or not; "*" stands for one label (RFC 9525, section 6.3)."""
    address = address_of(host) if isinstance(host, str) else host
    if address is not None:
        return address in names.addresses
    name = dns_name(str(host))
    if name is None:
        return False
    _, dot, parent = name.partition(".")
    return name in names.dns or (bool(dot) and f"*.{parent}" in names.dns)
