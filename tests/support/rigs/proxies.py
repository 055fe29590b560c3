"""Reverse proxies as owners put them before the appliance: Debian's nginx and caddy."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.address import free_ports
from tests.support.rigs.packages import REPOSITORY

PROGRAMS = REPOSITORY / "build" / "proxies" / "usr"
NGINX, CADDY = PROGRAMS / "sbin" / "nginx", PROGRAMS / "bin" / "caddy"

START_SECONDS = 15.0

HANDED_ON = """
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
"""
"""What nginx must be told, so that it hands WebSockets on (nginx.org, "WebSocket proxying")."""

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {port};
    location / {{
      proxy_pass {upstream};
      proxy_set_header Host {host};
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https;
      {websockets}
    }}
  }}
}}
"""

_CADDY = """
{{
  admin 127.0.0.1:{admin}
  auto_https off
}}
{scheme}://:{port} {{
  {tls}
  reverse_proxy {upstream} {{
    header_up Host {host}
    header_up X-Forwarded-Proto https
    {transport}
  }}
}}
"""

_UNVERIFIED = """transport http {
      tls_insecure_skip_verify
    }"""


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    port: int
    reloading: Sequence[str]
    """The command that has it read its configuration again."""

    environment: dict[str, str]

    async def reload(self) -> int:
        """Have it read its configuration again, as each renewal of a certificate does; 0 where
        that has worked."""
        process = await asyncio.create_subprocess_exec(*self.reloading, env=self.environment)
        return await process.wait()


@asynccontextmanager
async def nginx(
    folder: Path, upstream: str, host: str, websockets: str = HANDED_ON
) -> AsyncIterator[Proxy]:
    """nginx before `upstream`, which it asks with this Host; `websockets` is how it is told to hand
    them on."""
    (port,) = free_ports(1)
    file = folder / "nginx.conf"
    text = _NGINX.format(
        folder=folder, port=port, upstream=upstream, host=host, websockets=websockets
    )
    file.write_text(text, "utf-8")
    command = (_program(NGINX), "-c", str(file), "-e", "stderr")
    async with _running(command, Proxy(port, (*command, "-s", "reload"), dict(os.environ))) as it:
        yield it


@asynccontextmanager
async def caddy(
    folder: Path,
    upstream: str,
    host: str,
    pair: tuple[Path, Path] | None = None,
    prefix: Sequence[str] = (),
) -> AsyncIterator[Proxy]:
    """caddy before `upstream`, which it asks with this Host; by TLS with this certificate and key,
    else in plain HTTP. `prefix` stands before its command."""
    port, admin = free_ports(2)
    file = folder / "Caddyfile"
    text = _CADDY.format(
        admin=admin,
        scheme="https" if pair else "http",
        port=port,
        tls=f"tls {pair[0]} {pair[1]}" if pair else "",
        upstream=upstream,
        host=host,
        transport=_UNVERIFIED if upstream.startswith("https") else "",
    )
    file.write_text(text, "utf-8")
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    what = ("--config", str(file), "--adapter", "caddyfile")
    program = (*prefix, _program(CADDY))
    reload = (*program, "reload", "--force", *what)
    async with _running((*program, "run", *what), Proxy(port, reload, environment)) as it:
        yield it


@asynccontextmanager
async def _running(command: Sequence[str], proxy: Proxy) -> AsyncIterator[Proxy]:
    process = await asyncio.create_subprocess_exec(
        *command, env=proxy.environment, start_new_session=True
    )
    try:
        # Whichever network it is in: it takes commands as soon as it serves.
        async with asyncio.timeout(START_SECONDS):
            while await proxy.reload():  # noqa: ASYNC110 - nobody else would tell
                await asyncio.sleep(0.1)
        yield proxy
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _program(path: Path) -> str:
    what = path.relative_to(REPOSITORY)
    assert path.exists(), f"There is no {path.name}. Type: make {what}"
    return str(path)
