"""A publicly trusted certificate by ACME (RFC 8555), and the addresses of its name in the DNS.

docs/acme.md tells why the protocol is code of our own.
"""
