"""Where on this machine a test's servers are reached."""

import socket
from contextlib import ExitStack
from ipaddress import ip_address

import ifaddr


def local_address() -> str:
    """An IPv4 address of this machine that ICE takes: it leaves out the loopback.

    Raises RuntimeError with what to do where there is none.
    """
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                address = ip_address(ip.ip)
                if not address.is_loopback and not address.is_link_local:
                    return ip.ip
    raise RuntimeError(
        "This machine has no address but the loopback one. Give it one for the tests: "
        "ip link add homecall type dummy && ip address add 10.77.0.1/24 dev homecall && "
        "ip link set homecall up"
    )


def free_port() -> int:
    """A TCP port on which nothing listens at this moment."""
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in servers]
