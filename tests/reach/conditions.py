"""What is the matter with the networks before a call: for `Setting.prepare`."""

import subprocess
import sys
from collections.abc import Callable

from tests.reach.addresses import APPLIANCE4
from tests.reach.firewall import silence
from tests.reach.networks import CABLE, WIFI
from tests.reach.world import World
from tests.support.rigs.packages import REPOSITORY
from tests.support.rigs.proxies import NGINX

CONTAINERS = "docker0"
"""The bridge that Docker makes on each machine that it is installed on."""

TUNNEL_MTU = "1280"
"""The least that IPv6 allows (RFC 8200, section 5), and what VPNs such as Tailscale's have."""

NGINX_PORT = 8444

_NGINX = """
user root; pid {folder}/nginx.pid; error_log stderr; daemon off; worker_processes 1;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_upgrade $upgrading {{ default upgrade; "" ""; }}
  server {{
    listen {port} ssl {http2};
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{
      proxy_pass https://{upstream}:443; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrading;
    }}
  }}
}}
"""


def containers(made: World) -> None:
    """The appliance has a bridge for containers, which leads nowhere."""
    appliance = made.networks.appliance
    appliance.ip("link", "add", CONTAINERS, "type", "bridge")
    appliance.ip("link", "set", CONTAINERS, "up")
    appliance.address(CONTAINERS, "172.17.0.1/16")


def offline(made: World) -> None:
    """The internet is down: whatever goes there is lost in silence."""
    made.networks.internet.nft(silence())


def narrow_mtu(made: World) -> None:
    """Packets of more than 1280 bytes do not reach the mobile network, and nobody is told (an ICMP
    black hole, RFC 4821)."""
    internet, carrier, home = (
        made.networks.internet,
        made.networks.carrier,
        made.networks.home,
    )
    internet.ip("link", "set", "to-mobile", "mtu", TUNNEL_MTU)
    carrier.ip("link", "set", "wan0", "mtu", TUNNEL_MTU)
    # A bridge takes the least MTU of its ports.
    internet.ip("link", "set", "wan", "mtu", "1500")
    # A burst (UDP_SEGMENT) has to be cut before the narrow place, or it passes as one.
    made.networks.appliance.ip("link", "set", CABLE, "gso_max_segs", "1")
    internet.ip("link", "set", "to-mobile", "gso_max_segs", "1")
    home.nft(silence("icmp type destination-unreachable", "icmpv6 type packet-too-big"))


def tunnel(made: World) -> None:
    """Both ends know that 1280 bytes are the most, as on tailscale0 or wg0."""
    for machine, port in ((made.networks.appliance, CABLE), (made.networks.phone, WIFI)):
        machine.ip("link", "set", port, "mtu", TUNNEL_MTU)


def far(made: World) -> None:
    """The phone is 50 ms away from the router, each way."""
    home, phone = made.networks.home, made.networks.phone
    home.cable("far-a", home, "far-b")
    home.ip("link", "set", "to-phone", "nomaster")
    for port in ("to-phone", "far-a", "far-b"):
        home.ip("link", "set", port, "promisc", "on")
    phone.ip("link", "set", WIFI, "gso_max_segs", "1")
    arguments = ("-m", "tests.support.delay", "to-phone", "far-a", "50")
    passing = subprocess.Popen(
        [*home.prefix, sys.executable, *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    made.stack.callback(passing.communicate)
    made.stack.callback(passing.terminate)
    assert passing.stdout
    assert passing.stdout.readline() == b"ready\n"
    home.ip("link", "set", "far-b", "master", "lan")


def far_by_nginx(http2: str) -> Callable[[World], None]:
    """The same, by nginx on the appliance's machine: so two versions of HTTP compare. `http2` is
    "http2", or empty."""

    def prepare(made: World) -> None:
        far(made)
        assert NGINX.exists(), f"There is no nginx. Type: make {NGINX.relative_to(REPOSITORY)}"
        certificate, key = made.authority.leaf(APPLIANCE4)
        text = _NGINX.format(
            folder=made.directory,
            port=NGINX_PORT,
            http2=http2,
            certificate=certificate,
            key=key,
            upstream=APPLIANCE4,
        )
        file = made.directory / "nginx.conf"
        file.write_text(text, "utf-8")
        command = [*made.networks.appliance.prefix, str(NGINX), "-c", str(file), "-e", "stderr"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        made.stack.callback(process.wait)
        made.stack.callback(process.terminate)

    return prepare
