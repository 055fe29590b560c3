"""The files of the web client, read once: nothing else can be asked for."""

import base64
import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from aiohttp import web

from homecall_appliance.signaling.messages import Language
from homecall_appliance.web import bundle, page
from homecall_appliance.web.server import language_of

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}

_ENTRY, _MODULES = "app.js", "app"
_SHEETS, _STYLE = "styles", "<style>{}</style>"
_PAGE, _MANIFEST = "index.html", "manifest.webmanifest"
_TEXTS = "texts/{language}.json"
_LANGUAGES: tuple[Language, ...] = get_args(Language)
_WORKER, _RETIRING_WORKER = "/appliance-worker.js", "/retiring-worker.js"
_SHELL = '{ version: "", files: [] }'

_REFERENCE = re.compile(r'(?<= )(?P<name>href|src)="(?P<path>/[^"]+)"')

_CHOSEN = re.compile(r"(?:^|;) ?language=(?P<language>\w+)(?=;|$)")
"""The cookie of the page's own switch (RFC 6265, section 4.2.1). Some versions of aiohttp refuse a
request for a cookie that another program at the same host has left."""

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

    vary: str = "Accept-Encoding, Service-Worker"
    """The headers of a request that the answer depends upon (RFC 9110, section 12.5.5)."""


class Assets:
    """A folder's files by their path from it; `/` is index.html in the language of the person.

    The modules are one script, `/app.js`; the sheets of styles/ are in the page itself, in the
    order of their names: whoever opens a link sees it after one round trip. What the page refers to
    bears its tag as a query, with which a browser need not ask for it again. The
    service worker is given the list of what it keeps, and a version that changes with any of it.
    """

    def __init__(self, folder: Path, language: Language | None) -> None:
        """`language` is that of persons who have not chosen another one; None: what their browser
        asks for.

        Raises OSError, BundleError, KeyError for a text that is missing.
        """
        files = _read(folder)
        sheets = sorted((folder / _SHEETS).glob("*.css"))
        style = bundle.style(sheet.read_text("utf-8") for sheet in sheets)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.style_hash = f"'sha256-{digest}'"
        template = files.pop(_PAGE).decode().replace(_STYLE.format(""), _STYLE.format(style))
        self._language = language
        self._assets = {f"/{name}": _asset(name, body) for name, body in files.items()}
        template = _REFERENCE.sub(self._tagged, template)
        self._pages, self._manifests = {}, {}
        for each in _LANGUAGES:
            texts = json.loads(files[_TEXTS.format(language=each)])
            for calling in (False, True):
                shown = page.render(template, texts, each, calling=calling)
                self._pages[each, calling] = _translated(_PAGE, shown)
            manifest = page.manifest(files[_MANIFEST].decode(), texts, each)
            self._manifests[each] = _translated(_MANIFEST, manifest)
        self._assets[_WORKER] = self._worker(files[_WORKER[1:]].decode(), template)

    def _worker(self, source: str, template: str) -> _Asset:
        references = [f"{found['path']}" for found in _REFERENCE.finditer(template)]
        parts = [
            each
            for each in references
            if (part := self._assets.get(each.partition("?")[0])) and part.compressed
        ]
        tags = [asset.tag for asset in self._pages.values()]
        version = hashlib.sha256(" ".join((*parts, *tags)).encode()).hexdigest()[:16]
        shell = json.dumps({"version": version, "files": ["/", *parts]})
        return _asset(_WORKER, source.replace(_SHELL, shell).encode())

    def _tagged(self, reference: re.Match[str]) -> str:
        asset = self._assets.get(reference["path"])
        if asset is None:
            return reference[0]
        return f'{reference["name"]}="{reference["path"]}?{asset.tag}"'

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file, or 304 where the browser has it already (RFC 9110, section 13).

        A browser that asks for a service worker (W3C Service Workers, header "Service-Worker") by
        another path than that of the client's has one of another application, which was served at
        this address before: its successor is one that goes.
        """
        asset = self._find(request)
        if asset is None:
            raise web.HTTPNotFound
        compresses = asset.compressed is not None and _takes_gzip(request)
        tag = f"{asset.tag}-gzip" if compresses else asset.tag
        known = {each.value for each in request.if_none_match or ()}
        if tag in known or "*" in known:
            response = web.Response(status=304)
        else:
            response = web.Response(body=asset.compressed if compresses else asset.body)
            if compresses:
                response.headers["Content-Encoding"] = "gzip"
        response.content_type = asset.content_type
        if asset.content_type.startswith(("text/", "application/manifest")):
            response.charset = "utf-8"
        response.etag = tag
        fixed = request.query_string == asset.tag
        response.headers["Cache-Control"] = f"max-age={_YEAR}, immutable" if fixed else "no-cache"
        response.headers["Vary"] = asset.vary
        return response

    def _find(self, request: web.Request) -> _Asset | None:
        if request.headers.get("Service-Worker") == "script" and request.path != _WORKER:
            return self._assets.get(_RETIRING_WORKER)
        if request.path in ("/", f"/{_PAGE}"):
            return self._pages[self._language_for(request), "session" in request.query]
        if request.path == f"/{_MANIFEST}":
            return self._manifests[self._language_for(request)]
        return self._assets.get(request.path)

    def _language_for(self, request: web.Request) -> Language:
        """Return the language that a person has chosen in the page, or else that of the owner, or
        of the browser."""
        found = _CHOSEN.search(request.headers.get("Cookie", ""))
        chosen = next((each for each in _LANGUAGES if found and each == found["language"]), None)
        return chosen or self._language or language_of(request)


def _read(folder: Path) -> dict[str, bytes]:
    """Return the files of the client as they are served, by their names."""
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    modules = {name: path for name, path in paths.items() if name.startswith(f"{_MODULES}/")}
    entry = {_ENTRY: paths[_ENTRY]}
    texts = {name: path.read_text("utf-8") for name, path in {**modules, **entry}.items()}
    apart = {name for name in paths if not name.startswith(f"{_SHEETS}/")} - texts.keys()
    return {
        **{name: paths[name].read_bytes() for name in apart},
        _ENTRY: bundle.script(texts, _ENTRY).encode(),
    }


def _asset(name: str, body: bytes) -> _Asset:
    content_type = (
        _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
    compressed = gzip.compress(body, mtime=0) if content_type.startswith(_COMPRESSED) else None
    return _Asset(body, compressed, content_type, hashlib.sha256(body).hexdigest()[:16])


def _translated(name: str, text: str) -> _Asset:
    asset = _asset(name, text.encode())
    return replace(asset, vary=f"{asset.vary}, Accept-Language, Cookie")


def _takes_gzip(request: web.Request) -> bool:
    """Return whether a browser takes gzip (RFC 9110, section 12.5.3)."""
    for coding in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = coding.replace(" ", "").lower().partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False
