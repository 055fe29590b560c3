"""The files of the web client, read once: nothing else can be asked for."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from homecall_appliance.web import bundle

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}

_ENTRY, _MODULES = "app.js", "app"
_STYLE, _SHEETS = "style.css", "styles"
_PAGE = "index.html"
_RETIRING_WORKER = "/retiring-worker.js"

_REFERENCE = re.compile(r'(?<= )(?P<name>href|src)="(?P<path>/[^"]+)"')

_COMPRESSED = ("text/", "application/manifest+json", "image/svg+xml")
"""What the types begin with that gzip makes smaller."""

_YEAR = 31_536_000


@dataclass(frozen=True)
class _Asset:
    body: bytes
    compressed: bytes | None
    """By gzip (RFC 1952)."""

    content_type: str
    tag: str
    """Another one for each content."""


class Assets:
    """A folder's files by their path from it; `/` is index.html.

    The modules are one script, `/app.js`, and the sheets of styles/ are one, `/style.css`, in the
    order of their names. What the page refers to bears its tag as a query, with which a browser
    need not ask for it again.
    """

    def __init__(self, folder: Path) -> None:
        """Raises OSError, BundleError."""
        files = _read(folder)
        page = files.pop(_PAGE)
        self._assets = {f"/{name}": _asset(name, body) for name, body in files.items()}
        self._assets["/"] = self._assets[f"/{_PAGE}"] = _asset(_PAGE, self._with_tags(page))

    def _with_tags(self, page: bytes) -> bytes:
        def tagged(found: re.Match[str]) -> str:
            asset = self._assets.get(found["path"])
            return f'{found["name"]}="{found["path"]}?{asset.tag}"' if asset else found[0]

        return _REFERENCE.sub(tagged, page.decode()).encode()

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
        compresses = asset.compressed is not None and _takes_gzip(request)
        tag = f"{asset.tag}-gzip" if compresses else asset.tag
        known = {each.value for each in request.if_none_match or ()}
        if tag in known or "*" in known:
            response = web.Response(status=304)
        else:
            response = web.Response(body=asset.compressed if compresses else asset.body)
            response.content_type = asset.content_type
            if asset.content_type.startswith(("text/", "application/manifest")):
                response.charset = "utf-8"
            if compresses:
                response.headers["Content-Encoding"] = "gzip"
        response.etag = tag
        fixed = request.query_string == asset.tag
        response.headers["Cache-Control"] = f"max-age={_YEAR}, immutable" if fixed else "no-cache"
        response.headers["Vary"] = "Accept-Encoding, Service-Worker"
        return response


def _read(folder: Path) -> dict[str, bytes]:
    """Return the files of the client as they are served, by their names."""
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    modules = {name: path for name, path in paths.items() if name.startswith(f"{_MODULES}/")}
    sheets = {name: path for name, path in paths.items() if name.startswith(f"{_SHEETS}/")}
    entry = {_ENTRY: paths[_ENTRY]}
    texts = {name: path.read_text("utf-8") for name, path in {**modules, **entry}.items()}
    apart = paths.keys() - {*modules, *sheets, *entry}
    return {
        **{name: paths[name].read_bytes() for name in apart},
        _ENTRY: bundle.script(texts, _ENTRY).encode(),
        _STYLE: bundle.style(path.read_text("utf-8") for path in sheets.values()).encode(),
    }


def _asset(name: str, body: bytes) -> _Asset:
    content_type = (
        _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
    compressed = gzip.compress(body, mtime=0) if content_type.startswith(_COMPRESSED) else None
    return _Asset(body, compressed, content_type, hashlib.sha256(body).hexdigest()[:16])


def _takes_gzip(request: web.Request) -> bool:
    """Return whether a browser takes gzip (RFC 9110, section 12.5.3)."""
    for coding in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = coding.replace(" ", "").lower().partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False
