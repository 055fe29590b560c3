"""Which names the appliance's authority may vouch for (RFC 5280, section 4.2.1.10). PURE.

Root and intermediate carry the same constraints, and both mark them critical, as RFC 5280 demands.
Who checks them, of those that a person may have (looked up in November 2026, in sources and
reports; tests try OpenSSL, Chromium and Firefox, and Bouncy Castle 1.72 was tried by hand):

- RFC 5280, section 6.2, leaves it to the verifier whether constraints of a trust anchor count. So
  the intermediate needs them, and the root's key must not exist: where the root's own constraints
  are ignored, it could sign an intermediate that has none.
- Apple (iOS, macOS): SecPolicyServer.c begins with the anchor's subtrees, and nameconstraints.c
  knows dNSName and iPAddress; a critical extension is understood. The sources are of 2015 to 2017;
  before, macOS refused a critical one ("unrecognized critical extension", security.stackexchange
  95600) and iOS 8 ignored it (rdar://18461300). Neither can run the web client. It appends the
  addresses of an intermediate to those of the root instead of intersecting them.
- Chromium: for roots of the platform's store since version 112 on Linux, Windows and macOS, always
  since 126 (policy EnforceLocalAnchorConstraintsEnabled). On Android TrustStoreAndroid adds a
  person's root by AddTrustAnchor, without constraints: there the intermediate's are what counts.
- Android's own verifier (Conscrypt, TrustManagerImpl): it hands its PKIX validator (Bouncy Castle)
  the path without the anchor, whose constraints count for nothing; those of the intermediate do.
- Firefox (mozilla::pkix, PathBuildingStep::Check): for every issuer, anchors included. A violation
  is SEC_ERROR_CERT_NOT_IN_NAME_SPACE, which nobody can click away.
- OpenSSL (X509_verify_cert, check_name_constraints): for every certificate of the chain, anchors
  included. So does Go; LibreSSL and Java ignore those of an anchor.

One name outside the constraints spoils the whole certificate, for its other names, too: what is not
covered must not get into a leaf.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography import x509

from homecall_appliance.network.addresses import IPAddress, Names

LOCAL_DOMAINS = ("local", "localhost", "home.arpa", "internal")
"""Domains that no public authority may vouch for: RFC 6762, RFC 6761 (section 6.3), RFC 8375, and
`internal`, which ICANN's board has reserved for private use (resolution 2024.07.29.06)."""

LOCAL_NETWORKS = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # RFC 6598; overlay networks such as Tailscale use it as well
        "169.254.0.0/16",  # RFC 3927
        "127.0.0.0/8",
        "fc00::/7",  # RFC 4193
        "fe80::/10",  # RFC 4291
        "::1/128",
    )
)
"""Addresses that no site on the Internet has."""

_OWN_PREFIX = {4: 32, 6: 64}
"""How much of a public address of the link is permitted. A host changes the second half of its
IPv6 address of itself (RFC 8981)."""


def name_constraints(names: Names) -> x509.NameConstraints:
    """The constraints of an authority that is made where these are the names.

    They permit what is local, the DNS names, and the link's host where it is a public address. Of
    a name of one label nothing below is permitted: a machine may be called `tv` or `dev`, which
    are top-level domains. The leading dot says so to all of the verifiers above. Where another of
    the names is below such a one, as `door.tv`, it takes precedence.
    """
    own = [name for name in names.dns if not any(_within(name, each) for each in LOCAL_DOMAINS)]
    own = [name for name in own if "." in name or sum(_within(each, name) for each in own) == 1]
    networks = [*LOCAL_NETWORKS, *_public_network(names.host)]
    return x509.NameConstraints(
        permitted_subtrees=[
            *map(x509.DNSName, (*LOCAL_DOMAINS, *own)),
            *map(x509.IPAddress, networks),
        ],
        excluded_subtrees=[x509.DNSName(f".{name}") for name in own if "." not in name] or None,
    )


def covered(constraints: x509.NameConstraints, names: Names) -> Names:
    """Those of the names that the constraints permit."""

    def permitted(name: str | IPAddress) -> bool:
        return permits(constraints, name)

    return Names(
        dns=tuple(filter(permitted, names.dns)),
        addresses=tuple(filter(permitted, names.addresses)),
        host=names.host if names.host is not None and permitted(names.host) else None,
    )


def permits(constraints: x509.NameConstraints, name: str | IPAddress) -> bool:
    """Whether a certificate may be for the name or the address. Where nothing of its form is
    permitted expressly, everything of it is."""
    form = x509.DNSName if isinstance(name, str) else x509.IPAddress
    permitting = [each for each in constraints.permitted_subtrees or [] if isinstance(each, form)]
    excluding = constraints.excluded_subtrees or []
    return (not permitting or any(_matches(each, name) for each in permitting)) and not any(
        _matches(each, name) for each in excluding
    )


def _public_network(host: str | IPAddress | None) -> list[IPv4Network | IPv6Network]:
    if host is None or isinstance(host, str) or any(host in each for each in LOCAL_NETWORKS):
        return []
    return [ip_network((host, _OWN_PREFIX[host.version]), strict=False)]


def _matches(subtree: x509.GeneralName, name: str | IPAddress) -> bool:
    if isinstance(name, str):
        return isinstance(subtree, x509.DNSName) and _within(name.lower(), subtree.value.lower())
    network = subtree.value
    return isinstance(network, IPv4Network | IPv6Network) and name in network


def _within(name: str, domain: str) -> bool:
    """Whether it is the domain or one below; every one is below that without a name."""
    return domain in ("", name) or name.endswith(f".{domain.removeprefix('.')}")
