"""The bounds of the parts, where a test changes only some of them."""

from dataclasses import fields, replace
from typing import Any

from homecall_appliance.app import limits
from homecall_appliance.calls.negotiation import Patience
from homecall_appliance.config.model import Config
from homecall_appliance.signaling.hub import HubLimits
from homecall_appliance.signaling.session import Limits
from homecall_appliance.web.guard import GuardLimits

PLENTY = 1e9
"""A number, or a rate a second, that no test reaches."""


def hub_limits(session: Limits | None = None, **changes: Any) -> HubLimits:
    """Those of the configuration's defaults, but for these."""
    usual = limits.hub_limits(Config())
    return replace(usual, session=session or usual.session, **changes)


def session_limits(**changes: Any) -> Limits:
    """Those of the configuration's defaults, but for these."""
    return replace(hub_limits().session, **changes)


def guard_limits(**bounds: float) -> GuardLimits:
    """These, and none besides."""
    return GuardLimits(**{each.name: PLENTY for each in fields(GuardLimits)} | bounds)


def patience(**changes: float) -> Patience:
    """That of an appliance with the configuration's defaults, but for these."""
    return replace(limits.patience(Config()), **changes)
