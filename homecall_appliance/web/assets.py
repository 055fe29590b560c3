"""The files of the web client, read once: nothing else can be asked for."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}

_RETIRING_WORKER = "/retiring-worker.js"


@dataclass(frozen=True)
class _Asset:
    body: bytes
    content_type: str
    tag: str


class Assets:
    """A folder's files by their path from it; `/` is index.html."""

    def __init__(self, folder: Path) -> None:
        self._assets = {
            "/" + path.relative_to(folder).as_posix(): _read(path)
            for path in folder.rglob("*")
            if path.is_file()
        }
        self._assets["/"] = self._assets["/index.html"]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file, or 304 where the browser has it already (RFC 9110, section 13).

        The client has no service worker. A browser that asks for one (W3C Service Workers, header
        "Service-Worker") has that of another application, which was served at this address before:
        whatever its path was, its successor is one that goes.
        """
        for_worker = request.headers.get("Service-Worker") == "script"
        asset = self._assets.get(_RETIRING_WORKER if for_worker else request.path)
        if asset is None:
            raise web.HTTPNotFound
        known = {tag.value for tag in request.if_none_match or ()}
        unchanged = asset.tag in known or "*" in known
        response = web.Response(status=304) if unchanged else web.Response(body=asset.body)
        if not unchanged:
            response.content_type = asset.content_type
            if asset.content_type.startswith(("text/", "application/manifest")):
                response.charset = "utf-8"
        response.etag = asset.tag
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Service-Worker"
        return response


def _read(path: Path) -> _Asset:
    body = path.read_bytes()
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return _Asset(body, guessed or "application/octet-stream", hashlib.sha256(body).hexdigest())
