"""A publicly trusted certificate by ACME (RFC 8555), and the addresses of its name in the DNS.

docs/acme.md tells why the protocol is code of our own. Of use to others are `state.Settings` (what
tls.acme has), `renewal.Renewal` (keeps a certificate with its key in a file), `http01.HttpTokens`
(what the plain port answers below `http01.PATH`) and `addresses.AddressKeeper`. Renewal and
AddressKeeper each have `run()`, to be cancelled, and `problem`, a sentence for the owner.
"""
