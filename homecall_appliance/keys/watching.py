"""`homecall-appliance keys`: shows what a press is called, and what it does."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from homecall_appliance.config.key_codes import key_name
from homecall_appliance.config.model import Keys
from homecall_appliance.keys.choice import chosen
from homecall_appliance.keys.finder import DEV_INPUT, INTERVAL
from homecall_appliance.keys.keymap import Action, Keymap
from homecall_appliance.keys.listener import PressReader
from homecall_appliance.keys.ports import InputDevice, OpenDevice
from homecall_appliance.keys.presses import Press
from homecall_appliance.keys.touches import Phase, Touch

BEGIN = (
    "Press a key to see what it is called, or tap a touch screen; Ctrl+C ends this. While the "
    "appliance runs, it does what is pressed."
)
NO_DEVICE = (
    "There is no input device yet. Plug in a keyboard, a keypad, a remote or a touch screen."
)

ON_SCREEN = "does what the screen shows there"

_TOUCHES = range(0x140, 0x150)
"""What touchpads, touch screens and pens have in place of keys: BTN_TOOL_PEN to
BTN_TOOL_QUADTAP."""

_IN_WORDS: Mapping[Action, str] = {
    Action.ANSWER: "accepts a visitor",
    Action.DECLINE: "sends a visitor away",
    Action.HANG_UP: "hangs up",
    Action.MUTE: "switches the microphone",
    Action.CAMERA: "switches the camera",
    Action.OPEN_DOOR: "opens the door",
}


class CannotWatchError(Exception):
    """No key can be read; `str()` is a sentence for the owner."""


async def watch(
    settings: Keys,
    open_device: OpenDevice,
    say: Callable[[str], object],
    *,
    folder: Path = DEV_INPUT,
    interval: float = INTERVAL,
) -> None:
    """Say each device and each press in a line, until cancelled.

    Raises CannotWatchError where there is no library or no right to read a device.
    """
    keymap = Keymap(settings)
    devices: dict[str, InputDevice] = {}
    is_chosen = chosen(settings.device, keymap.codes)

    def found(device: InputDevice) -> None:
        devices[device.path] = device
        touch_screen = ", a touch screen" if device.is_touch_screen else ""
        say(f"{device.path}: {device.name}{touch_screen}")

    def pressed(press: Press) -> None:
        device = devices[press.device]
        touches = device.surface.buttons if device.surface else frozenset()
        if press.code not in {*_TOUCHES, *touches}:
            does = _does(press, keymap) if is_chosen(device) else _not_chosen(settings.device)
            say(f"{device.name}: {key_name(press.code)}, {press.length}: {does}")

    def touched(path: str, touch: Touch) -> None:
        device = devices[path]
        if touch.phase is Phase.UP:
            does = ON_SCREEN if is_chosen(device) else _not_chosen(settings.device)
            place = f"{touch.x:.0%} from the left, {touch.y:.0%} from the top"
            say(f"{device.name}: a touch, {place} of the panel: {does}")

    def stop(sentence: str) -> None:
        problems.append(sentence)
        stopped.set()

    problems: list[str] = []
    stopped = asyncio.Event()
    reader = PressReader(
        open_device,
        lambda device: device.is_touch_screen or bool(device.codes - {*_TOUCHES}),
        lambda _: True,
        pressed,
        touched,
        on_found=found,
        on_problem=stop,
        folder=folder,
        interval=interval,
    )
    say(BEGIN)
    if _is_empty(folder):
        say(NO_DEVICE)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(reader.run())
        await stopped.wait()
        reading.cancel()
    raise CannotWatchError(problems[0])


def _is_empty(folder: Path) -> bool:
    return not any(folder.glob("event*"))


def _does(press: Press, keymap: Keymap) -> str:
    actions = keymap.actions(press.code, press.length)
    words = ", or ".join(_IN_WORDS[action] for action in actions)
    return words or "nothing, for it stands in no list of [keys]"


def _not_chosen(setting: str) -> str:
    if setting == "auto":
        return "nothing, for it stands in no list of [keys]"
    return f'nothing, for keys.device is "{setting}"'
