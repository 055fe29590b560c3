"""The configuration. PURE."""

from homecall_appliance.doctor.facts import Facts
from homecall_appliance.doctor.finding import Finding, bad, fine


def configuration(facts: Facts) -> list[Finding]:
    """A finding for each error, as `check-config` has them."""
    settings = facts.settings
    if settings.problems:
        errors = [bad("configuration", str(each)) for each in settings.problems]
        advice = f"Correct {settings.file or 'that'}; until then the lines below are about the "
        return [*errors, bad("configuration", f"{advice}defaults of what is wrong.")]
    if settings.file:
        return [fine("configuration", f"{settings.file} is fine.")]
    return [fine("configuration", "There is no file: every setting has its default.")]
