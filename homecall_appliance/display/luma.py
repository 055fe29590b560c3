"""A small panel on I2C or SPI as the screen, by the libraries luma.oled and luma.lcd."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from inspect import signature
from types import SimpleNamespace
from typing import Any, NoReturn

from PIL import Image, ImageOps

from homecall_appliance.display.framebuffer import SHIFT_SECONDS
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.render import Drawer, Look
from homecall_appliance.display.view import View
from homecall_appliance.display.words import Language

_DRIVERS = "sudo apt install python3-luma.oled python3-luma.lcd"
_PACKAGES = {
    "RPi": "sudo apt install python3-rpi-lgpio",
    "spidev": "sudo apt install python3-spidev",
}
"""What brings a library that is missing; the drivers bring the others."""

_AS_LUMA = (
    "Write the options as luma's programs take them, such as "
    '"--display ssd1306 --interface i2c --width 128 --height 64".'
)


class LumaPanel:
    """Draws on a panel that luma drives. One of a single bit has no shades: it is not dimmed."""

    hidden = ""
    frame_format = None
    show_picture = None
    targets = None

    def __init__(
        self,
        device: Any,
        name: str,
        language: Language,
        rotation: int,
        *,
        set_is_dark: bool = False,
        dimmed: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`device` is a `luma.core.device.device`, where a pixel that is set is light, or
        `set_is_dark`; `dimmed` tells whether it is to be dark at this hour."""
        self.where = f"the panel {name}"
        self._device = device
        self._name = name
        one_bit = device.mode == "1"
        self._drawer = Drawer(Look(device.size, rotation, language, one_bit=one_bit))
        self._set_is_dark = set_is_dark
        self._dimmed = dimmed
        self._clock = clock

    def show(self, view: View) -> None:
        """Draw the view; moved by a pixel each minute, as an OLED burns in."""
        shift = int(self._clock() // SHIFT_SECONDS)
        if not self._drawer.draw(view, shift=shift, dimmed=self._dimmed()):
            return
        picture = self._drawer.picture
        if self._set_is_dark:
            picture = ImageOps.invert(picture)
        # A dithered code could not be read.
        drawn = picture.convert(self._device.mode, dither=Image.Dither.NONE)
        with _in_a_sentence(f"The panel {self._name} was lost", "Check its wires."):
            self._device.display(drawn)

    def close(self) -> None:
        """Clear the panel, switch it off and let its bus go; one that is gone shows nothing."""
        try:
            with _in_a_sentence(f"The panel {self._name} cannot be cleared"):
                self._device.cleanup()
        except DisplayError:
            self._device.persist = True  # luma's word for: only the bus is let go
            with suppress(DisplayError), _in_a_sentence(f"The panel {self._name} is gone"):
                self._device.cleanup()


def open_panel(
    options: str,
    language: Language,
    rotation: int,
    *,
    dimmed: Callable[[], bool] = lambda: False,
) -> LumaPanel:
    """Open the panel that these options of luma's describe. Raises DisplayError."""
    with _in_a_sentence("The panel of display.device cannot be opened"):
        found = _parsed(options)
    with _in_a_sentence(f"The panel {found.display} cannot be opened"):
        device, library = _device(found)
    # Liquid crystals without colours lie before a light ground: what is set is dark in the normal
    # mode of the PCD8544, the ST7567 and the UC1701X.
    set_is_dark = library == "lcd" and device.mode == "1"
    return LumaPanel(
        device, found.display, language, rotation, set_is_dark=set_is_dark, dimmed=dimmed
    )


def _parsed(options: str) -> Any:
    """The options as luma's examples read them: what is given counts more than its --config."""
    from luma.core import cmdline  # noqa: PLC0415

    parser = cmdline.create_parser("")
    parser.error = parser.exit = _refuse
    # Luma's own default is whatever driver comes first.
    parser.set_defaults(display="")
    try:
        words = shlex.split(options)
    except ValueError as error:
        _refuse(str(error))
    found = parser.parse_args(words)
    if found.config:
        try:
            found = parser.parse_args([*cmdline.load_config(found.config), *words])
        except (OSError, UnicodeError) as error:
            raise DisplayError(
                f"The file {found.config} of display.device cannot be read: {_reason(error)}. "
                "Check its path after --config."
            ) from error
    if not found.display:
        _refuse("--display is missing, which names the panel")
    return found


def _refuse(message: str = "--help is for luma's own programs") -> NoReturn:
    """In place of argparse's ways out of the program."""
    raise DisplayError(
        f"The options in display.device are not right: {message}. {_AS_LUMA} Where a panel is "
        f"not known, its driver may be missing: {_DRIVERS}"
    )


def _device(options: Any) -> tuple[Any, str]:
    """Make what `luma.core.cmdline.create_device` makes, and let the bus go where that fails;
    returns it and luma's library that has it: "oled" or "lcd"."""
    import luma.core.device  # noqa: PLC0415
    from luma.core import cmdline, framebuffer  # noqa: PLC0415

    # Each device, also one that could not be set up, would be kept until the program ends, to be
    # cleared then: close() does that, and a panel that is away is sought for days.
    luma.core.device.atexit = SimpleNamespace(register=lambda _: None)
    library = cmdline.get_library_for_display_type(options.display)
    if library not in ("oled", "lcd"):
        _refuse(f"{options.display} is no panel of luma.oled or luma.lcd")
    driver = getattr(import_module(f"luma.{library}.device"), options.display)
    segments, debug = options.num_segments, options.debug
    drawing = getattr(framebuffer, options.framebuffer)(num_segments=segments, debug=debug)
    settings = {**vars(options), "framebuffer": drawing}
    with ExitStack() as stack:
        bus = getattr(cmdline.make_interface(options), options.interface)()
        stack.callback(bus.cleanup)
        if library == "lcd":
            settings["gpio"] = getattr(bus, "_gpio", None)
            settings["gpio_LIGHT"] = options.gpio_backlight
            settings["active_low"] = options.backlight_active == "low"
        device = driver(serial_interface=bus, **_taken(driver, settings))
        stack.pop_all()
    return device, library


def _taken(driver: type, settings: dict[str, Any]) -> dict[str, Any]:
    """What the driver or a class below it names: luma.lcd 2.13 hands the rest on to luma.core, and
    create_device fails there, as luma.core takes no more than it names."""
    makers = (vars(each)["__init__"] for each in driver.__mro__ if "__init__" in vars(each))
    named = {name for maker in makers for name in signature(maker).parameters}
    return {name: value for name, value in settings.items() if name in named}


@contextmanager
def _in_a_sentence(problem: str, advice: str = "") -> Iterator[None]:
    """Tell what luma raises as DisplayError; without `advice`, what may be wrong with opening."""
    try:
        yield
    except DisplayError:
        raise
    except ImportError as error:
        raise DisplayError(f"{problem}: {_missing(error)}") from error
    except _kinds() as error:
        raise DisplayError(f"{problem}: {_reason(error)}. {advice or _advice(error)}") from error


def _kinds() -> tuple[type[Exception], ...]:
    """What comes out of luma: its own errors, what it asserts of its options, and what the
    libraries of the buses and pins raise, which it lets through."""
    from luma.core.error import Error  # noqa: PLC0415

    return Error, AssertionError, LookupError, OSError, RuntimeError, TypeError, ValueError


def _missing(error: ImportError) -> str:
    library = (error.name or "").partition(".")[0]
    if library in _PACKAGES:
        return f"the library {library} is missing. Type: {_PACKAGES[library]}"
    return f"luma is missing. Type: {_DRIVERS}"


def _advice(error: Exception) -> str:
    match type(error).__name__:
        case "DevicePermissionError" | "PermissionError":
            return "Check that the service may use the bus (groups i2c, spi and gpio)."
        case "DeviceNotFoundError" | "FileNotFoundError":
            return (
                "Switch the bus on (sudo raspi-config, Interface Options), and check the panel's "
                "wires and its address in display.device."
            )
        case _ if isinstance(error, OSError):
            return "Check the panel's wires."
        case _:
            return "Check --interface, --width and --height in display.device."


def _reason(error: Exception) -> str:
    known = error.strerror if isinstance(error, OSError) else None
    return (known or str(error)).rstrip(".") or "luma does not take these options"
