"""The keys. PURE."""

from homecall_appliance.doctor.checks.devices import permission
from homecall_appliance.doctor.facts import Facts
from homecall_appliance.doctor.finding import Finding, bad, fine

_SHOWN = 'the command "homecall-appliance keys" shows what they do'


def keys(facts: Facts) -> list[Finding]:
    """Whether one may be pressed; an appliance needs none."""
    found, wanted = facts.keys, facts.settings.config.keys.device
    if found.denied and not facts.account.own:
        return [bad("keys", permission(facts.account, found.denied))]
    if found.names:
        there = f"Keys of {' and of '.join(found.names)} are there"
        if found.denied:
            denied = permission(facts.account, found.denied)
            return [fine("keys", f"{there}, for an appliance that may read them. {denied}")]
        return [fine("keys", f"{there}; {_SHOWN}.")]
    if wanted != "auto":
        return [
            bad(
                "keys",
                f'There is no input device "{wanted}" with one of the keys of [keys]. Plug it in, '
                'or set keys.device to what the command "homecall-appliance keys" lists.',
            )
        ]
    return [fine("keys", "There are none: no button, keypad or keyboard is plugged in.")]
