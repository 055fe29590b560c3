"""Asks the network's own resolver for a name, as a phone beside this machine would."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver

from homecall_appliance.network.addresses import IPAddress
from homecall_appliance.network.name_state import Lookup, found

TIME_LIMIT = 10.0
"""Seconds: two servers, each asked for five (resolv.conf(5))."""

REFUSAL_TIME_LIMIT = 2.0
"""Seconds for each server: one that refuses looks nothing up."""

_ITSELF = ip_address("127.0.1.1")
"""Of a machine that has no permanent address (Debian Reference, section 5.1.1)."""

_NO_ADDRESS = (socket.EAI_NODATA, socket.EAI_ADDRFAMILY)


def is_refused(name: str) -> bool:
    """Whether a server of resolv.conf(5) refuses to answer for a name (RFC 1035, section 4.1.1).

    Some rebind filters do, such as those of dnscrypt-proxy and of older dnsmasq, and getaddrinfo(3)
    does not tell it from silence. Blocks, for seconds where nobody answers.
    """
    try:
        servers = dns.resolver.Resolver().nameservers
        query = dns.message.make_query(name, "A")
    except dns.exception.DNSException:
        return False
    for server in servers:
        with suppress(OSError, dns.exception.DNSException):
            answer = dns.query.udp(query, str(server), REFUSAL_TIME_LIMIT)
            if answer.rcode() == dns.rcode.REFUSED:
                return True
    return False


def ask_servers(name: str) -> Lookup:
    """Ask the servers of resolv.conf(5). Blocks, for seconds where nobody answers."""
    addresses: list[IPAddress] = []
    try:
        resolver = dns.resolver.Resolver()
        for kind in ("A", "AAAA"):
            answer = resolver.resolve(f"{name}.", kind, raise_on_no_answer=False)
            addresses += [ip_address(each.address) for each in answer.rrset or ()]
    except dns.resolver.NXDOMAIN:
        return Lookup("unknown")
    except (dns.exception.DNSException, OSError):
        return Lookup("filtered" if is_refused(name) else "silent")
    return found(addresses)


def look_up(
    name: str,
    getaddrinfo: Callable[..., Sequence[Any]] = socket.getaddrinfo,
    is_refused: Callable[[str], bool] = is_refused,
    ask_servers: Callable[[str], Lookup] = ask_servers,
) -> Lookup:
    """Ask by getaddrinfo(3), so hosts(5) counts too. Blocks, for a minute where nobody answers.

    Where nothing comes but what Debian writes there for a machine's own name, the servers of
    resolv.conf(5) are asked, as phones ask them.
    """
    try:
        answers = getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_ADDRESS:
            return Lookup("filtered")
        if error.errno == socket.EAI_NONAME:
            return Lookup("unknown")
        return Lookup("filtered" if is_refused(name) else "silent")
    except (OSError, UnicodeError):
        return Lookup("silent")
    addresses = [ip_address(str(answer[4][0])) for answer in answers]
    return ask_servers(name) if {*addresses} == {_ITSELF} else found(addresses)


def look_up_in_time(name: str, limit: float = TIME_LIMIT) -> Lookup:
    """Ask, and give up after `limit` seconds: getaddrinfo(3) cannot be interrupted, so it goes on
    in a thread that nobody waits for."""
    answer: list[Lookup] = []
    thread = threading.Thread(target=lambda: answer.append(look_up(name)), daemon=True)
    thread.start()
    thread.join(limit)
    return answer[0] if answer else Lookup("silent")


class Resolver:
    """Asks in a thread of its own, one question at a time."""

    def __init__(self, limit: float = TIME_LIMIT, look: Callable[[str], Lookup] = look_up) -> None:
        """`look` asks, and may block for as long as it likes."""
        self._limit = limit
        self._look = look
        self._asking: threading.Thread | None = None

    async def ask(self, name: str) -> Lookup:
        """Ask for a name; "silent" after `limit` seconds, and while the question before that is
        not answered yet."""
        if self._asking is not None and self._asking.is_alive():
            return Lookup("silent")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Lookup] = loop.create_future()

        def settle(lookup: Lookup) -> None:
            if not answer.done():
                answer.set_result(lookup)

        def work() -> None:
            lookup = self._look(name)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, lookup)

        # Not the loop's own pool, which is waited for when the daemon ends.
        self._asking = threading.Thread(target=work, daemon=True, name="resolver")
        self._asking.start()
        try:
            async with asyncio.timeout(self._limit):
                return await answer
        except TimeoutError:
            return Lookup("silent")
