"""The keys. PURE."""

from homecall_appliance.doctor.checks.devices import permission
from homecall_appliance.doctor.facts import Facts, InputDevices
from homecall_appliance.doctor.finding import Finding, bad, fine

_SHOWN = 'the command "homecall-appliance keys" shows what they do'


def keys(facts: Facts) -> list[Finding]:
    """Whether one may be pressed; an appliance needs none."""
    found, wanted = facts.keys, facts.settings.config.keys.device
    if found.denied and not facts.account.own:
        return [bad("keys", permission(facts.account, found.denied))]
    if found.names or found.touch_screens:
        there = _there(found)
        if found.denied:
            denied = permission(facts.account, found.denied)
            return [fine("keys", f"{there}, for an appliance that may read them. {denied}")]
        return [fine("keys", f"{there}; {_SHOWN}.")]
    if wanted != "auto":
        return [
            bad(
                "keys",
                f'There is no input device "{wanted}" that has one of the keys of [keys], or is a '
                "touch screen. Plug it in, or set keys.device to what the command "
                '"homecall-appliance keys" lists.',
            )
        ]
    return [
        fine(
            "keys",
            "There are none: no button, keypad, keyboard or touch screen is plugged in.",
        )
    ]


def _there(found: InputDevices) -> str:
    """The keys and the touch screens that there are, in words."""
    count, names = len(found.touch_screens), " and ".join(found.touch_screens)
    keys = f"Keys of {' and of '.join(found.names)}" if found.names else ""
    screens = f"{count} touch screen{'s' if count > 1 else ''} ({names})" if count else ""
    verb = "is" if count == 1 and not keys else "are"
    return f"{' and '.join(filter(None, (keys, screens)))} {verb} there"
