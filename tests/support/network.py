"""A home's network of namespaces: one for the appliance, one for each phone, and a bridge.

What runs in them reaches only each other. Needs root and iproute2, and nftables for some.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

APPLIANCE = "10.77.1.1"
"""The address of the appliance, by which the phones' default route goes, too."""

RESOLVERS = Path("/etc/netns")
"""What `ip netns exec` lays over /etc: in each namespace's own folder (ip-netns(8))."""

_numbers = count(1)


class Machine:
    """A namespace: its network, and the programs that run in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.prefix = ("ip", "netns", "exec", name)
        """What stands before a command that is to run in it."""

    def ip(self, *words: str) -> None:
        """Do something to its network, as ip(8) is told; raises CalledProcessError."""
        _ip("-netns", self.name, *words)

    def connections(self, port: int, client: str) -> frozenset[str]:
        """The client's ends of its TCP connections to a port of this machine, as ss(8) has them."""
        chosen = f"sport = :{port} and dst = [::ffff:{client}]"
        listed = self.run("ss", "-Htn", "state", "established", chosen)
        return frozenset(line.split()[-1] for line in listed.splitlines())

    def refuse_datagrams(self) -> None:
        """Let no datagram in any more, as a firewall that lets nothing but the web through."""
        self._drop("meta l4proto udp")

    def refuse_unasked_datagrams(self) -> None:
        """Let in only datagrams that answer those of this machine, as a NAT does by its nature."""
        self._drop("meta l4proto udp ct state new")

    def forget_connections(self, clients: Collection[str]) -> None:
        """Lose the packets of these TCP connections, both ways, as a NAT that has forgotten them:
        neither end is told. `clients` are their ends as `connections` has them."""
        ports = ", ".join(client.rpartition(":")[2] for client in clients)
        self._drop(f"tcp sport {{ {ports} }}")
        self._drop(f"tcp dport {{ {ports} }}", "output")

    def _drop(self, which: str, hook: str = "input") -> None:
        chain = f"chain {hook} {{\ntype filter hook {hook} priority 0\n{which} drop\n}}"
        ruleset = f"table inet {hook}{next(_numbers)} {{\n{chain}\n}}"
        self.nft(ruleset)

    def switch_ipv6_off(self) -> None:
        """Switch IPv6 off as owners do, by sysctl: a socket can be bound to "::" all the same."""
        self.set_kernel(1, *(f"net/ipv6/conf/{which}/disable_ipv6" for which in ("all", "lo")))

    def set_kernel(self, value: int, *parameters: str) -> None:
        """Give parameters of its kernel a value, such as "net/ipv4/ip_forward": as sysctl(8) does,
        which is not everywhere."""
        command = [*self.prefix, "tee", *(f"/proc/sys/{name}" for name in parameters)]
        subprocess.run(command, input=str(value).encode(), check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def filtering(self, rule: str) -> Iterator[None]:
        """Let a rule of nft(8) judge what comes to it, until left; no two at a time."""
        chain = f"chain input {{\ntype filter hook input priority 0\n{rule}\n}}"
        self.nft(f"table inet filtering {{\n{chain}\n}}")
        try:
            yield
        finally:
            self.nft("delete table inet filtering")

    def resolve_by(self, address: str) -> None:
        """Ask this server for names."""
        folder = RESOLVERS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(f"nameserver {address}\n", "utf-8")

    def nft(self, ruleset: str) -> None:
        """Add to its firewall, as nft(8) is told; raises CalledProcessError."""
        self.run("nft", ruleset)

    def run(self, *command: str) -> str:
        """What a command prints that runs in it to its end; raises CalledProcessError."""
        inside = [*self.prefix, *command]
        return subprocess.run(inside, check=True, stdout=subprocess.PIPE, text=True).stdout

    def kill(self) -> None:
        """Kill -9 every program in it: none gets to say goodbye."""
        for pid in _ip("netns", "pids", self.name).split():
            os.kill(int(pid), signal.SIGKILL)


class Host(Machine):
    """A phone's machine, on a cable to the bridge."""

    def __init__(self, name: str, lan: Machine, address: int) -> None:
        super().__init__(name)
        self.address = f"10.77.1.{address}"
        """Its first address."""
        self._lan = lan
        self._port = f"to-{name.rpartition('-')[2]}"

    def connect(self) -> None:
        """Lay the cable."""
        self._lan.ip("link", "add", self._port, "type", "veth", "peer", "eth0", "netns", self.name)
        self._lan.ip("link", "set", self._port, "master", "lan", "addrgenmode", "none", "up")
        self.ip("link", "set", "eth0", "addrgenmode", "none", "up")
        self._settle(self.address)

    def pull(self) -> None:
        """Take the link away: no packet passes, and the other side is told of no end."""
        self._lan.ip("link", "set", self._port, "down")

    def hush(self) -> None:
        """Let no packet pass, and the link stand: the fault is further away than the next box."""
        self._lan.ip("link", "set", self._port, "nomaster")

    def plug(self) -> None:
        """Undo a `pull` or a `hush`."""
        self._lan.ip("link", "set", self._port, "master", "lan", "up")

    def narrow(self, kilobits: int) -> None:
        """Let no more than so many kbit/s pass to it; 150 ms of packets wait, the rest is lost."""
        self._shape("add", "tbf", "rate", f"{kilobits}kbit", "burst", "8kb", "latency", "150ms")

    def widen(self) -> None:
        """Undo a `narrow`."""
        self._shape("del")

    def lose(self, percent: int) -> None:
        """Lose so many of a hundred datagrams that come to it, each by chance, from now on."""
        self._drop(f"meta l4proto udp numgen random mod 100 < {percent}")

    def weather(self, milliseconds: int, percent: int) -> AbstractContextManager[None]:
        """Have datagrams that leave it come up to so much later, and so many of a hundred never."""
        return self._led_by("weather", milliseconds, percent)

    def distance(self, milliseconds: float) -> AbstractContextManager[None]:
        """Have whatever it sends, and whatever is sent to it, come so much later."""
        return self._led_by("delay", milliseconds)

    @contextmanager
    def _led_by(self, program: str, *arguments: float) -> Iterator[None]:
        """Have its frames passed by a program of this folder, from the cable to the bridge."""
        ends = f"{self._port}-a", f"{self._port}-b"
        self._lan.ip("link", "add", ends[0], "type", "veth", "peer", ends[1])
        for end in ends:
            self._lan.ip("link", "set", end, "addrgenmode", "none", "up")
        self._lan.ip("link", "set", self._port, "nomaster")
        command = (sys.executable, "-m", f"tests.support.{program}", self._port, ends[0])
        passing = subprocess.Popen(
            [*self._lan.prefix, *command, *map(str, arguments)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
        )
        try:
            assert passing.stdout
            assert passing.stdout.readline() == b"ready\n"
            self._lan.ip("link", "set", ends[1], "master", "lan")
            yield
        finally:
            passing.terminate()
            passing.communicate()
            self._lan.ip("link", "delete", ends[0])
            self._lan.ip("link", "set", self._port, "master", "lan")

    def _shape(self, verb: str, *how: str) -> None:
        self._lan.run("tc", "qdisc", verb, "dev", self._port, "root", *how)

    def move(self, address: int) -> None:
        """Give up its address for 10.77.1.`address`, as by another access point; the route stays.

        The connections of the old address are not told.
        """
        self.ip("address", "flush", "dev", "eth0")
        self._settle(f"10.77.1.{address}")

    def _settle(self, address: str) -> None:
        self.ip("address", "add", f"{address}/24", "dev", "eth0")
        self.ip("route", "replace", "default", "via", APPLIANCE)


class Home:
    """The appliance's machine, which is the bridge as well."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        # With an address of its own, the bridge does not answer for a cable that is not its own.
        machine.ip("link", "add", "lan", "address", "02:00:00:00:00:01", "type", "bridge")
        machine.ip("link", "set", "lan", "addrgenmode", "none", "up")
        machine.ip("address", "add", f"{APPLIANCE}/24", "dev", "lan")

    @contextmanager
    def host(self, address: int) -> Iterator[Host]:
        """A phone's machine with the address 10.77.1.`address`."""
        with namespace() as name:
            host = Host(name, self.machine, address)
            try:
                host.connect()
                yield host
            finally:
                host.kill()


@contextmanager
def home() -> Iterator[Home]:
    """A network without phones yet. Raises AssertionError with what it needs."""
    with namespace() as name:
        machine = Machine(name)
        try:
            yield Home(machine)
        finally:
            machine.kill()


@contextmanager
def namespace() -> Iterator[str]:
    """The name of a namespace with nothing but a loopback interface. Raises AssertionError with
    what it needs."""
    assert os.geteuid() == 0, "A network of one's own needs root: run this test as root."
    assert shutil.which("ip"), "A network of one's own needs iproute2: apt install iproute2."
    name = f"homecall-{os.getpid()}-{next(_numbers)}"
    _ip("netns", "add", name)
    try:
        _ip("-netns", name, "link", "set", "lo", "up")
        yield name
    finally:
        _ip("netns", "delete", name)
        shutil.rmtree(RESOLVERS / name, ignore_errors=True)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
