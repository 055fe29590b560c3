"""Renewals by the advice of an authority, its profiles, and its refusals (a fake one)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.jose import certificate_id
from homecall_appliance.acme.renewal import Renewal
from homecall_appliance.acme.state import Settings
from tests.acme.acme_world import DAY, DOMAIN, HOUR, TODAY, FakeTime, World, kept, settle
from tests.acme.fake_authority import FakeAuthority, Refusal


@dataclass
class Scene:
    time: FakeTime
    authority: FakeAuthority
    world: World

    async def let_pass(self, renewal: Renewal, span: timedelta) -> None:
        """Let the renewal run for so long; it looks only every ten minutes, for speed."""
        end = self.time.now + span
        while self.time.now < end:
            wait = await renewal.do_what_is_due()
            await self.time.sleep(max(wait, 600.0) if wait else 0.0)


@asynccontextmanager
async def scene(folder: Path, profile: str = "") -> AsyncIterator[Scene]:
    time, tokens = FakeTime(), HttpTokens()
    authority = FakeAuthority(lambda: time.now, tokens)
    async with authority.serving():
        settings = Settings(DOMAIN, f"{authority.url}/directory", profile=profile)
        yield Scene(time, authority, World(folder, settings, tokens, time.clock))


async def test_a_window_of_the_authority_is_kept(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        start, end = TODAY + 20 * DAY, TODAY + 21 * DAY
        now.authority.window = (start.isoformat(), end.isoformat().replace("+00:00", "Z"))
        now.authority.advice_headers = {"Retry-After": "86400"}
        renewal = now.world.renewal()
        await now.let_pass(renewal, 19 * DAY)
        assert len(now.authority.issued) == 1
        while len(now.authority.issued) == 1:
            await now.let_pass(renewal, HOUR)
        first, second = now.authority.issued
        assert start <= second.not_valid_before_utc <= end + HOUR
        assert kept(renewal) == second
        assert now.authority.orders[0].keys() == {"identifiers"}
        assert now.authority.orders[1]["replaces"] == certificate_id(first)
        assert now.world.changes == [None, None]


async def test_a_new_window_counts_within_the_time_that_the_authority_asks_for(
    tmp_path: Path,
) -> None:
    """As when it must revoke certificates."""
    async with scene(tmp_path) as now:
        later = TODAY + 60 * DAY
        now.authority.window = (later.isoformat(), (later + DAY).isoformat())
        now.authority.advice_headers = {"Retry-After": "7200"}
        renewal = now.world.renewal()
        await now.let_pass(renewal, 2 * DAY)
        urgent = now.time.now - HOUR
        now.authority.window = ((urgent - HOUR).isoformat(), urgent.isoformat())
        assert len(now.authority.issued) == 1
        await now.let_pass(renewal, 2 * HOUR + timedelta(minutes=20))
        assert len(now.authority.issued) == 2
        asked = now.authority.paths.count("renewal-info")
        assert 24 <= asked <= 28


@pytest.mark.parametrize(
    "window",
    [
        ("soon", "later"),
        ("2027-05-01T00:00:00Z", "2027-04-01T00:00:00Z"),
        ("2027-04-01T00:00:00", "2027-05-01T00:00:00"),
    ],
)
async def test_advice_of_no_use_does_not_stand_in_the_way(
    tmp_path: Path, window: tuple[str, str]
) -> None:
    async with scene(tmp_path) as now:
        now.authority.window, now.authority.lifetimes = window, {"classic": 6}
        renewal = now.world.renewal()
        await now.let_pass(renewal, 3.1 * DAY)
        assert len(now.authority.issued) == 2
        assert renewal.problem is None


async def test_a_profile_of_six_days_is_renewed_at_half_of_them(tmp_path: Path) -> None:
    async with scene(tmp_path, "shortlived") as now:
        renewal = now.world.renewal()
        await now.let_pass(renewal, 12 * DAY)
        assert [each["profile"] for each in now.authority.orders] == ["shortlived"] * 5
        begins = [each.not_valid_before_utc for each in now.authority.issued]
        pauses = [after - before for before, after in pairwise(begins)]
        assert all(2.8 * DAY <= pause <= 3 * DAY + HOUR for pause in pauses)
        assert renewal.notice is None


async def test_a_profile_that_there_is_not_costs_no_certificate(tmp_path: Path) -> None:
    async with scene(tmp_path, "long-lived") as now:
        renewal = now.world.renewal()
        await settle(renewal)
        assert kept(renewal)
        assert "profile" not in now.authority.orders[0]
        assert renewal.notice == (
            "The authority has no profile long-lived (it has classic, shortlived), so certificates "
            "are of its usual kind. Correct tls.acme.profile, or empty it."
        )


async def test_a_profile_that_is_refused_costs_no_certificate(tmp_path: Path) -> None:
    async with scene(tmp_path, "shortlived") as now:
        now.authority.refusals["new-order"] = [Refusal("invalidProfile")]
        renewal = now.world.renewal()
        await settle(renewal)
        assert kept(renewal)
        assert "profile" not in now.authority.orders[0]


async def test_a_proxys_answer_is_no_word_against_the_replaced(tmp_path: Path) -> None:
    """Without it, the order would count against the authority's limits."""
    async with scene(tmp_path) as now:
        now.authority.window = (TODAY.isoformat(), (TODAY + DAY).isoformat())
        renewal = now.world.renewal()
        await settle(renewal)
        busy = Refusal("", 503, {"Retry-After": "3600"}, page="<h1>Busy</h1>")
        now.authority.refusals["new-order"] = [busy]
        await now.let_pass(renewal, 2 * DAY)
        assert now.authority.refusals["new-order"] == []
        assert all("replaces" in each for each in now.authority.orders[1:])
        assert len(now.authority.issued) == 2


@pytest.mark.parametrize("kind", ["alreadyReplaced", "malformed", "conflict"])
async def test_what_is_replaced_already_is_ordered_anew(tmp_path: Path, kind: str) -> None:
    async with scene(tmp_path) as now:
        now.authority.window = (TODAY.isoformat(), (TODAY + DAY).isoformat())
        renewal = now.world.renewal()
        await settle(renewal)
        now.authority.refusals["new-order"] = [Refusal(kind, 409)]
        await now.let_pass(renewal, 3 * DAY)
        assert len(now.authority.issued) >= 2
        assert "replaces" not in now.authority.orders[1]
        assert now.world.changes[:2] == [None, None]


async def test_a_rate_limit_is_kept_and_told_with_its_end(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        limit = Refusal("rateLimited", 429, {"Retry-After": "172800"}, "too many certificates")
        now.authority.refusals["new-order"] = [limit]
        renewal = now.world.renewal()
        await settle(renewal)
        told = (
            f"There is no certificate for {DOMAIN} yet. 127.0.0.1 issues no more certificates for "
            "now (too many certificates). It is tried again by itself: leave the appliance on. The "
            "next attempt is after 2027-03-03 12:00 UTC."
        )
        assert renewal.problem == told
        before = len(now.authority.paths)
        renewal.try_again()
        # Neither a restart, nor another configuration, shortens what is demanded.
        await now.let_pass(renewal, DAY)
        now.world.settings = replace(now.world.settings, email="owner@home.test")
        renewal = now.world.renewal()
        await settle(renewal)
        assert renewal.problem == told
        await now.let_pass(renewal, DAY - HOUR)
        assert len(now.authority.paths) == before
        await now.let_pass(renewal, 2 * HOUR)
        assert kept(renewal)
        assert not renewal.problem
        assert now.time.now - now.authority.issued[0].not_valid_before_utc < 2 * HOUR


async def test_an_account_that_is_lost_is_replaced(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await settle(now.world.renewal())
        now.authority.accounts.clear()
        now.time.pass_by(70 * DAY)
        renewal = now.world.renewal()
        await settle(renewal)
        assert len(now.authority.issued) == 2
        assert renewal.problem is None
        # The new one is kept.
        now.time.pass_by(70 * DAY)
        await settle(now.world.renewal())
        assert len(now.authority.issued) == 3
        assert now.authority.paths.count("new-account") == 2
