"""The page of the web client, and its manifest, in a language. PURE."""

import json
import re
from collections.abc import Mapping
from html import escape

_LANGUAGE = re.compile(r'(?<=<html lang=")\w+')
_OTHER = re.compile(r'(?<=id="language" lang=")\w+')
_TEXT = re.compile(r'data-text="(?P<key>[\w.]+)"[^>]*>(?=</)')
_LABEL = re.compile(r'<(?P<tag>\w+)[^>]*? data-label="(?P<key>[\w.]+)"')
_CATALOGUE = '<script id="texts" type="application/json">'
_AT_HOME = 'id="app" data-state="home"'
_CALLING = 'id="app" data-state="call" data-phase="joining"'
_STATUS = re.compile(r'(?P<status>id="status"[^>]*?) hidden>')
_STATUS_TEXT = "call.joining"


def render(template: str, texts: Mapping[str, str], language: str, *, calling: bool) -> str:
    """Return index.html as it looks before any script runs, with the texts of a language in their
    places, and all of them as JSON for its script; `calling`: it was opened by the link of a call.

    Raises KeyError where there is no such text.
    """
    page = _LANGUAGE.sub(language, template)
    page = _OTHER.sub("en" if language == "ru" else "ru", page)
    page = _TEXT.sub(lambda found: found[0] + escape(texts[found["key"]], quote=False), page)
    page = _LABEL.sub(lambda found: found[0] + _labels(found["tag"], texts[found["key"]]), page)
    catalogue = json.dumps(dict(texts), ensure_ascii=False, separators=(",", ":"))
    page = page.replace(_CATALOGUE, _CATALOGUE + catalogue.replace("<", "\\u003c"))
    if calling:
        page = page.replace(_AT_HOME, _CALLING)
        status = escape(texts[_STATUS_TEXT], quote=False)
        page = _STATUS.sub(lambda found: f"{found['status']}>{status}", page)
    return page


def manifest(template: str, texts: Mapping[str, str], language: str) -> str:
    """Return the manifest (W3C Web Application Manifest) with the texts of a language in place of
    their keys.

    Raises KeyError where there is no such text.
    """
    said = json.loads(template)
    said["lang"] = language
    said["description"] = texts[said["description"]]
    for shortcut in said["shortcuts"]:
        shortcut["name"] = texts[shortcut["name"]]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _labels(tag: str, text: str) -> str:
    """Return the attributes that tell a screen reader, and a mouse, what an element is."""
    label = f' aria-label="{escape(text)}"'
    return f'{label} title="{escape(text)}"' if tag == "button" else label
