"""The display of the configuration, as this process may use it."""

import sys
from collections.abc import Callable, Mapping
from functools import partial

from homecall_appliance.calls.bell import local_clock
from homecall_appliance.config.model import Config
from homecall_appliance.display.factory import open_display, tell_failure
from homecall_appliance.display.ports import Display
from homecall_appliance.display.words import screen_language
from homecall_appliance.service import journal


def display_finder(config: Config, environ: Mapping[str, str]) -> Callable[[], Display]:
    """Return what opens the display, or raises DisplayError; it blocks.

    The code is not written to a standard output that the journal reads: it lets people in.
    """
    display = config.display
    return partial(
        open_display,
        display.backend,
        display.device,
        display.rotation,
        language=screen_language(config.ui.language, environ),
        stream=None if journal.reads(sys.stdout, environ) else sys.stdout,
        dimmed=lambda: display.dimmed_at(local_clock()),
    )


def tell_on_console(
    problem: Exception, config: Config, environ: Mapping[str, str], *, tried_again: bool
) -> None:
    """Tell on the first console why the appliance cannot start, where only the journal would have
    it: the unit has taken the console from the login prompt."""
    if journal.reads(sys.stderr, environ):
        language = screen_language(config.ui.language, environ)
        tell_failure(str(problem).splitlines(), language, tried_again=tried_again)
