"""Whose limits a request counts for that comes by a reverse proxy."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError

from homecall_appliance.web.proxies import HOPS, Proxies
from tests.support.limits import guard_limits
from tests.support.ports_world import next_error, open_ports

PROXY = "192.0.2.1"
NETWORKS = ("192.0.2.1", "198.51.100.0/24", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        # One proxy, which adds the address that it was asked by.
        (PROXY, ["203.0.113.5"], "203.0.113.5"),
        (PROXY, ["2001:db8:2:3:4::5"], "2001:db8:2:3::/64"),
        ("::ffff:192.0.2.1", ["203.0.113.5"], "203.0.113.5"),
        ("2001:db8:1::7", ["203.0.113.5"], "203.0.113.5"),
        (PROXY, ["::ffff:203.0.113.5"], "203.0.113.5"),
        # What the visitor has written himself stands to the left, in the line or in one of his own.
        (PROXY, ["10.9.9.9, 203.0.113.5"], "203.0.113.5"),
        (PROXY, ["10.9.9.9,127.0.0.1 ,\t203.0.113.5"], "203.0.113.5"),
        (PROXY, ["10.9.9.9", "203.0.113.5"], "203.0.113.5"),
        (PROXY, ["192.0.2.1, 198.51.100.9, 203.0.113.5"], "203.0.113.5"),
        # Two proxies, one behind the other.
        (PROXY, ["203.0.113.5, 198.51.100.9"], "203.0.113.5"),
        (PROXY, ["10.9.9.9, 203.0.113.5, 198.51.100.9, 2001:db8:1::7"], "203.0.113.5"),
        # A visitor from the proxies' own network, or the proxy itself.
        (PROXY, ["198.51.100.9"], "198.51.100.9"),
        (PROXY, [], PROXY),
        # What is no address ends the chain: it is the outermost proxy's.
        (PROXY, [""], PROXY),
        (PROXY, ["unknown"], PROXY),
        (PROXY, ["203.0.113.5, "], PROXY),
        (PROXY, ["203.0.113.5:4711"], PROXY),
        (PROXY, ["[2001:db8:2::5]"], PROXY),
        (PROXY, ["203.0.113.5, nonsense, 198.51.100.9"], "198.51.100.9"),
        (PROXY, ["203.0.113.05"], PROXY),
        (PROXY, ["203.0.113.5;10.9.9.9"], PROXY),
        (PROXY, ["٢٠٣.0.113.5"], PROXY),
        # A chain of nothing but proxies is read so far and no further.
        (PROXY, [", ".join(["203.0.113.5", *["198.51.100.9"] * HOPS])], "198.51.100.9"),
        (PROXY, [", ".join(["203.0.113.5", *["198.51.100.9"] * (HOPS - 1)])], "203.0.113.5"),
        (PROXY, [",".join(["10.9.9.9"] * 100_000 + ["203.0.113.5"])], "203.0.113.5"),
        # Nobody else may choose an address.
        ("203.0.113.5", ["10.9.9.9"], "203.0.113.5"),
        ("192.0.2.2", ["10.9.9.9"], "192.0.2.2"),
        ("2001:db8:2::7", ["192.0.2.1"], "2001:db8:2::/64"),
        ("fe80::1%eth0", ["10.9.9.9"], "fe80::/64"),
    ],
)
def test_the_rightmost_address_that_is_no_proxys(
    peer: str, forwarded: Sequence[str], visitor: str
) -> None:
    assert Proxies(NETWORKS).visitor(peer, forwarded) == visitor


def test_without_proxies_nothing_is_believed() -> None:
    assert Proxies().visitor("127.0.0.1", ["10.9.9.9"]) == "127.0.0.1"
    assert not Proxies().trusts("127.0.0.1")


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("198.51.100.255", True),
        ("2001:db8:1:2::3%eth0", True),
        ("192.0.2.2", False),
        ("2001:db8:2::1", False),
        ("", False),
    ],
)
def test_who_is_one_of_them(address: str, trusted: bool) -> None:
    assert Proxies(NETWORKS).trusts(address) is trusted


ONE_SOCKET = guard_limits(sockets_per_address=1)


async def test_visitors_behind_a_proxy_have_limits_of_their_own(tmp_path: Path) -> None:
    async with open_ports(tmp_path, guard=ONE_SOCKET, proxies=["127.0.0.1"]) as ports:
        for visitor in ("203.0.113.5", "203.0.113.6"):
            await ports.attach(**{"X-Forwarded-For": visitor})
            again = await ports.attach(**{"X-Forwarded-For": f"10.9.9.9, {visitor}"})
            assert await next_error(again) == "rate_limited"


async def test_a_stranger_cannot_choose_his_address(tmp_path: Path) -> None:
    async with open_ports(tmp_path, guard=ONE_SOCKET, proxies=["192.0.2.1"]) as ports:
        await ports.attach(**{"X-Forwarded-For": "203.0.113.5"})
        again = await ports.attach(**{"X-Forwarded-For": "203.0.113.6"})
        assert await next_error(again) == "rate_limited"


async def test_requests_count_for_each_visitor(tmp_path: Path) -> None:
    slow = guard_limits(requests_per_second=0.01)
    async with open_ports(tmp_path, guard=slow, proxies=["127.0.0.1"]) as ports:
        seen = []
        for visitor in ("203.0.113.5", "203.0.113.5", "203.0.113.6"):
            headers = {"X-Forwarded-For": visitor}
            async with ports.client.get(ports.url("/version.json"), headers=headers) as response:
                seen.append(response.status)
    assert seen == [200, 429, 200]


@pytest.mark.parametrize("proxies", [["127.0.0.1"], []])
async def test_a_proxy_may_have_as_many_connections_as_there_are(
    tmp_path: Path, proxies: list[str]
) -> None:
    few = guard_limits(connections_per_address=2)
    async with open_ports(tmp_path, guard=few, proxies=proxies) as ports:
        for number in range(2):
            await ports.attach(**{"X-Forwarded-For": f"203.0.113.{number}"})
        third = ports.attach(**{"X-Forwarded-For": "203.0.113.9"})
        if proxies:
            await third
        else:
            with pytest.raises((OSError, WSServerHandshakeError)):
                await third
