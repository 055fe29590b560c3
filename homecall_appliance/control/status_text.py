"""The answer to `status` in words. PURE."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from homecall_appliance.control.status import (
    CallStatus,
    CandidateTypesStatus,
    CertificateStatus,
    DeviceStatus,
    DisplayStatus,
    FailedCallStatus,
    IceServerStatus,
    Status,
)

_CALL_STATES = {
    "published": "has not begun",
    "offered": "is being connected",
    "answered": "is being connected",
    "ringing": "waits to be let in",
    "accepted": "is in progress",
    "connected": "is in progress",
    "ended": "has ended",
}

_DEVICE_STATES = {"open": "In use by a call.", "closed": "Not in use; a call opens it."}

_WIDTH = 9


def in_words(status: Status, max_calls: int) -> Iterator[str]:
    """The lines for the owner; what another version of the appliance does not tell is left out."""
    since = "" if status.uptime is None else f", for {duration(status.uptime)} now"
    yield f"HomeCall Appliance {status.version} is running{since}."
    calls = status.calls
    yield from _line("Link", _link(status, max_calls))
    yield from _line("", status.link.problem)
    yield from _line("Calls", f"{len(calls)} of at most {max_calls}." if calls else "None now.")
    for call in calls:
        yield from _line("", _call(call))
    guests = status.sessions.active - len(calls)
    if guests > 0:
        yield from _line("", f"And {guests} between phones.")
    if status.failed_call:
        yield from _line("", _failed_call(status.failed_call, status.ice_servers))
    for label, server in zip_longest(("Servers",), status.ice_servers):
        yield from _line(label or "", _server(server) if server else None)
    yield from _line("Camera", _device(status.camera))
    yield from _line("", "It is off for the call." if status.camera.off else None)
    yield from _line("Sound", _device(status.audio))
    yield from _line("", "The microphone is muted." if status.audio.muted else None)
    yield from _line("Screen", _screen(status.display))
    yield from _line("Events", _events(status.events_lost))
    yield from _keys(status.certificate)
    yield from _line("Memory", _memory(status.process.rss_bytes))
    parts = (status.link, status.camera, status.audio, status.display, status.certificate)
    if any(part.problem for part in parts):
        yield "What to do about it, and whether all else is fine: homecall-appliance doctor"
    if status.failed_call or any(each.problem for each in status.ice_servers):
        yield "What is in the way of calls, and what to do about it: homecall-appliance reach"


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


def _link(status: Status, max_calls: int) -> str:
    if status.link.session_id:
        return status.link.url
    return "None until a call ends." if len(status.calls) >= max_calls else "None yet."


def _call(call: CallStatus) -> str:
    last = call.history[-1] if call.history else "published"
    state = "waits to be let in" if call.ringing else _CALL_STATES.get(last, last)
    parts = [f"{call.session_id or 'A call'} {state}"]
    if sent := call.sent:
        parts.append(f"sent {sent.video_frames} pictures and {sent.audio_frames} sounds")
    if received := call.received:
        width, height = received.video_size
        size = f" of {width}x{height}" if width else ""
        parts.append(
            f"received {received.video_frames} pictures{size} and {received.audio_frames} sounds"
        )
    if types := call.candidate_types:
        parts.append(f"by candidates of the types {_types(types)}")
    return "; ".join(parts) + "."


def _types(types: CandidateTypesStatus) -> str:
    local, remote = (" or ".join(side) or "none" for side in (types.local, types.remote))
    return f"{local} here and {remote} at the phone"


def _failed_call(failed: FailedCallStatus, servers: Sequence[IceServerStatus]) -> str:
    types = failed.candidate_types
    tried = f", by candidates of the types {_types(types)}" if types else ""
    said = any(each.problem and each.problem in failed.problem for each in servers)
    what = "look at the servers below." if said else failed.problem
    return f"The last one that did not come about, {duration(failed.age)} ago{tried}: {what}"


def _server(server: IceServerStatus) -> str:
    outcome = server.problem or f"{server.url} gives an address."
    return f"{duration(server.age)} ago: {outcome}"


def _device(device: DeviceStatus) -> str:
    return device.problem or _DEVICE_STATES.get(device.state, device.state)


def _screen(screen: DisplayStatus) -> str | None:
    if screen.where is None:
        return None
    if screen.where:
        return f"The code is shown on {screen.where}."
    return screen.problem or "None; homecall-appliance link has the code."


def _events(lost: int) -> str | None:
    return f"{lost} could not be delivered; the journal says why." if lost else None


def _keys(certificate: CertificateStatus) -> Iterator[str]:
    authority = certificate.authority
    lines = [
        f"{authority.name}, fingerprint {authority.fingerprint}." if authority else None,
        certificate.problem,
        certificate.notice,
    ]
    label = "Keys"
    for line in filter(None, lines):
        yield from _line(label, line)
        label = ""


def _memory(size: int) -> str | None:
    return f"{size / 1_048_576:.0f} MiB." if size else None
