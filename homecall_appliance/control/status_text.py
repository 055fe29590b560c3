"""The answer to `status` in words. PURE."""

from collections.abc import Iterator, Mapping
from typing import Any

_CALL_STATES = {
    "published": "has not begun",
    "offered": "is being connected",
    "answered": "is being connected",
    "connected": "is in progress",
    "ended": "has ended",
}

_WIDTH = 9


def in_words(status: Mapping[str, Any], max_calls: int) -> Iterator[str]:
    """The lines for the owner; what another version of the appliance does not tell is left out."""
    version, uptime = status.get("version", ""), status.get("uptime")
    running = f"HomeCall Appliance {version} is running"
    yield f"{running}." if uptime is None else f"{running}, for {duration(uptime)} now."
    calls = status.get("calls", [])
    yield from _line("Link", _link(status, len(calls), max_calls))
    yield from _line("Calls", f"{len(calls)} of at most {max_calls}." if calls else "None now.")
    for call in calls:
        yield from _line("", _call(call))
    guests = status.get("sessions", {}).get("active", 0) - len(calls)
    if guests > 0:
        yield from _line("", f"And {guests} between phones.")
    for name, device in (("Camera", status.get("camera")), ("Sound", status.get("audio"))):
        yield from _line(name, _device(device))
    yield from _line("Screen", _screen(status.get("display")))
    yield from _keys(status.get("certificate") or {})
    yield from _line("Memory", _memory(status.get("process", {})))
    parts = (status.get(name) or {} for name in ("camera", "audio", "display", "certificate"))
    if any(part.get("problem") for part in parts):
        yield "What to do about it, and whether all else is fine: homecall-appliance doctor"


def duration(seconds: float) -> str:
    """A time span as people say it: its two largest units."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{_count(days, 'day')} {_count(hours % 24, 'hour')}"
    if hours:
        return f"{_count(hours, 'hour')} {_count(minutes % 60, 'minute')}"
    return _count(minutes, "minute") if minutes else _count(int(seconds), "second")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _line(name: str, text: str | None) -> Iterator[str]:
    if text:
        label = f"{name}:" if name else ""
        yield f"{label:{_WIDTH}}{text}"


def _link(status: Mapping[str, Any], calls: int, max_calls: int) -> str | None:
    link = status.get("link", {})
    if link.get("sessionId"):
        url: str = link["url"]
        return url
    return "None until a call ends." if calls >= max_calls else "None yet."


def _call(call: Mapping[str, Any]) -> str:
    history = call.get("history") or ["published"]
    state = _CALL_STATES.get(history[-1], history[-1])
    parts = [f"{call.get('sessionId', 'A call')} {state}"]
    if sent := call.get("sent"):
        parts.append(f"sent {sent['videoFrames']} pictures and {sent['audioFrames']} sounds")
    if received := call.get("received"):
        width, height = received["videoSize"]
        size = f" of {width}x{height}" if width else ""
        parts.append(
            f"received {received['videoFrames']} pictures{size} "
            f"and {received['audioFrames']} sounds"
        )
    return "; ".join(parts) + "."


def _device(device: Mapping[str, Any] | None) -> str | None:
    if not device:
        return None
    if problem := device.get("problem"):
        return str(problem)
    state = device.get("state", "")
    words = {"open": "In use by a call.", "closed": "Not in use; a call opens it."}
    return words.get(state, str(state))


def _screen(screen: Mapping[str, Any] | None) -> str | None:
    if screen is None:
        return None
    where = screen.get("where")
    if where:
        return f"The code is shown on {where}."
    return screen.get("problem") or "None; homecall-appliance link has the code."


def _keys(certificate: Mapping[str, Any]) -> Iterator[str]:
    authority = certificate.get("authority") or {}
    lines = [
        f"{authority['name']}, fingerprint {authority['fingerprint']}." if authority else None,
        certificate.get("problem"),
        certificate.get("notice"),
    ]
    label = "Keys"
    for line in filter(None, lines):
        yield from _line(label, line)
        label = ""


def _memory(process: Mapping[str, Any]) -> str | None:
    size = process.get("rssBytes")
    return f"{size / 1_048_576:.0f} MiB." if size else None
