"""What befalls renewals: dead authorities, wrong clocks, full disks. What is there stays."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homecall_appliance.acme import order, propagation, state
from homecall_appliance.acme.client import AcmeClient
from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.state import Settings
from homecall_appliance.storage import atomic
from tests.acme.acme_world import DAY, DOMAIN, HOUR, TODAY, FakeTime, World, kept, settle, told
from tests.acme.fake_authority import Refusal
from tests.acme.test_renewal import scene
from tests.support.address import free_port


@pytest.mark.slow
async def test_a_week_of_a_dead_authority(tmp_path: Path) -> None:
    """In faked time: an order is tried every hour at last, and advice is asked for every six hours;
    the file is untouched."""
    async with scene(tmp_path) as now:
        first = now.world.renewal()
        await settle(first)
        directory = now.world.settings.directory
        certificate = kept(first)
    now.time.pass_by(65 * DAY)
    renewal = now.world.renewal()
    assert now.world.settings.directory == directory
    attempts = 0
    while now.time.now < TODAY + 72 * DAY:
        if wait := await renewal.do_what_is_due():
            await now.time.sleep(max(wait, 600.0))
        else:
            attempts += 1
    assert 150 <= attempts <= 250
    assert kept(renewal) == certificate
    assert told(renewal).startswith(
        f"The certificate for {DOMAIN}, valid until 2027-05-30, could not be renewed. 127.0.0.1 "
        "cannot be reached (Connection refused). It is tried again by itself;"
    )
    assert [each for each in now.world.changes if each] == [told(renewal)]


async def test_an_authority_that_comes_back_is_soon_found(tmp_path: Path) -> None:
    time = FakeTime()
    settings = Settings(DOMAIN, f"http://127.0.0.1:{free_port()}/directory")
    renewal = World(tmp_path, settings, HttpTokens(), time.clock).renewal()
    pauses = []
    for _ in range(4):
        await settle(renewal)
        begin = time.uptime
        while (wait := await renewal.do_what_is_due()) > 0:
            await time.sleep(wait)
        pauses.append(time.uptime - begin)
    assert pauses[0] < 20
    assert pauses[-1] < 200
    # Nor is it waited for when the network is another.
    await settle(renewal)
    renewal.try_again()
    assert await renewal.do_what_is_due() == 0
    assert await renewal.do_what_is_due() > 0


async def test_a_certificate_that_has_ended_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await settle(now.world.renewal())
        now.time.pass_by(91 * DAY)
        now.authority.refusals["new-order"] = [Refusal("serverInternal", 500)]
        renewal = now.world.renewal()
        await settle(renewal)
    assert renewal.problem == (
        f"The certificate for {DOMAIN} has ended on 2027-05-30, and there is no new one. 127.0.0.1 "
        "has a fault of its own (status 500: because of this test). It is tried again by itself; "
        "the authority's page of its status may tell more."
    )


async def test_at_1970_nothing_is_asked_and_afterwards_all_is_well(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        now.time.now = datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
        renewal = now.world.renewal()
        await now.let_pass(renewal, HOUR)
        assert now.authority.paths == []
        assert told(renewal).startswith("This machine's clock shows 1970-01-01 ")
        now.time.now = TODAY
        await settle(renewal)
        assert kept(renewal)
        # Without a battery it is 1970 again after each start.
        now.time.now = datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
        renewal = now.world.renewal()
        await now.let_pass(renewal, HOUR)
        now.time.now = TODAY + HOUR
        await settle(renewal)
        assert len(now.authority.issued) == 1
        assert told(renewal) == ""


async def test_a_pause_is_reckoned_by_the_right_clock(tmp_path: Path) -> None:
    """Where it is 1970 at each start, a pause would begin anew with each."""
    async with scene(tmp_path) as now:
        await settle(now.world.renewal())
        now.time.pass_by(61 * DAY)
        right = now.time.now
        now.time.now = datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
        renewal = now.world.renewal()
        await settle(renewal)
        now.time.now = right
        await settle(renewal)
        assert len(now.authority.issued) == 2
        assert told(renewal) == ""


async def test_a_jump_forward_orders_nothing_and_is_told_until_it_is_over(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        renewal = now.world.renewal()
        await settle(renewal)
        before = kept(renewal)
        assert told(renewal) == ""
        now.time.now += 1000 * DAY
        now.authority.ahead = -1000 * DAY
        await now.let_pass(renewal, DAY + HOUR)
        assert len(now.authority.orders) == 1
        assert "Set the clock right: timedatectl" in told(renewal)
        assert "and that of 127.0.0.1 2027-03-0" in told(renewal)
        now.time.now -= 1000 * DAY
        now.authority.ahead = timedelta()
        await settle(renewal)
        assert told(renewal) == ""
        assert kept(renewal) == before
        # Nor are the pauses of a later failure longer for it.
        now.time.pass_by(70 * DAY)
        now.authority.refusals["new-order"] = [Refusal("serverInternal", 500)]
        await now.let_pass(renewal, HOUR / 3)
        assert kept(renewal) == now.authority.issued[1]


async def test_a_challenge_that_fails_is_told_with_what_to_do(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        now.authority.blind = True
        renewal = now.world.renewal()
        await settle(renewal)
        assert told(renewal).startswith(
            f"There is no certificate for {DOMAIN} yet. The authority could not see that {DOMAIN} "
            "is yours (Timeout during connect). From outside, http://door.home.test/.well-known/"
        )
        assert now.world.tokens.answer("token1") is None
        # Five refused names in an hour are too many for Let's Encrypt.
        await now.let_pass(renewal, HOUR)
        assert len(now.authority.orders) <= 4


@pytest.mark.parametrize(
    ("changed", "orders"), [({"domain": "gate.home.test"}, 1), ({"email": "owner@home.test"}, 0)]
)
async def test_what_is_demanded_of_one_name_is_not_demanded_of_another(
    tmp_path: Path, changed: dict[str, str], orders: int
) -> None:
    """As where an owner corrects a name that the authority was asked for too often."""
    async with scene(tmp_path) as now:
        limit = Refusal("rateLimited", 429, {"Retry-After": "172800"})
        now.authority.refusals["new-order"] = [limit]
        await settle(now.world.renewal())
        now.world.settings = replace(now.world.settings, **changed)  # type: ignore[arg-type]
        await settle(now.world.renewal())
        assert len(now.authority.orders) == orders


async def test_a_clock_that_is_behind_is_told_although_nothing_seems_due(tmp_path: Path) -> None:
    """The certificate that is served may have ended."""
    async with scene(tmp_path) as now:
        renewal = now.world.renewal()
        await settle(renewal)
        now.authority.ahead = 100 * DAY
        await now.let_pass(renewal, DAY + HOUR)
        assert told(renewal).startswith("This machine's clock shows 2027-03-02 ")
        assert "and that of 127.0.0.1 2027-06-1" in told(renewal)
        assert "Set the clock right: timedatectl" in told(renewal)
        # It is looked at again as soon as it was set, as after a power cut.
        now.time.now += 2 * HOUR
        now.authority.ahead = timedelta()
        await settle(renewal)
        await settle(renewal)
        assert told(renewal) == ""
        assert len(now.authority.issued) == 1


async def test_a_wrong_clock_is_told_once_although_an_order_fails_by_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        await settle(now.world.renewal())
        now.time.pass_by(70 * DAY)
        now.authority.ahead = 9 * HOUR
        renewal = now.world.renewal()
        before = len(now.world.changes)
        await now.let_pass(renewal, 6 * HOUR)
        assert "Set the clock right: timedatectl" in told(renewal)
        told_times = len([each for each in now.world.changes[before:] if each])
        assert told_times <= len([each for each in now.authority.paths if each == "directory"])
        assert told_times <= 15, "each attempt has a time of its own"


async def test_a_fault_of_our_own_counts_as_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority is not troubled more often for it."""
    orders = 0

    async def fail(*_: object) -> bytes:
        nonlocal orders
        orders += 1
        raise KeyError("surprise")

    monkeypatch.setattr(AcmeClient, "obtain", fail)
    async with scene(tmp_path) as now:
        renewal = now.world.renewal()
        await now.let_pass(renewal, DAY)
        assert 4 <= orders <= 12
        assert "The order has failed by a fault of the appliance: KeyError" in told(renewal)


async def test_another_configuration_is_tried_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        now.authority.blind = True
        for _ in range(5):
            now.time.pass_by(DAY)
            await settle(now.world.renewal())
        now.authority.blind = False
        renewal = now.world.renewal()
        await settle(renewal)
        assert not renewal.certificate_file.exists()
        now.world.settings = replace(now.world.settings, email="owner@home.test")
        renewal = now.world.renewal()
        await settle(renewal)
        assert kept(renewal)


async def test_a_disk_that_is_full_costs_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path) as now:
        renewal = now.world.renewal()
        write, full = atomic.replace_file, True

        def replace_file(path: Path, data: bytes, mode: int) -> None:
            if full and path.suffix == ".pem":
                raise OSError(28, os.strerror(28))
            write(path, data, mode)

        monkeypatch.setattr(state, "replace_file", replace_file)
        await now.let_pass(renewal, 3 * DAY)
        assert "(No space left on device). Make room on the disk" in told(renewal)
        full = False
        await now.let_pass(renewal, DAY)
        assert kept(renewal) == now.authority.issued[0]
        assert len(now.authority.issued) == 1
        assert told(renewal) == ""


async def test_where_nothing_can_be_kept_the_authority_is_not_troubled(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        (tmp_path / "acme").write_text("a file in the place of the directory")
        renewal = now.world.renewal()
        await settle(renewal)
        assert "The certificate cannot be kept in" in told(renewal)
        assert now.authority.paths == []


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA", b"\xff" * 900])
async def test_a_damaged_file_is_replaced(tmp_path: Path, damage: bytes) -> None:
    async with scene(tmp_path) as now:
        renewal = now.world.renewal()
        await settle(renewal)
        for each in renewal.certificate_file.parent.iterdir():
            each.write_bytes(damage)
        renewal = now.world.renewal()
        await settle(renewal)
        assert kept(renewal) == now.authority.issued[1]


async def test_a_file_that_is_removed_is_replaced_while_it_runs(tmp_path: Path) -> None:
    async with scene(tmp_path) as now:
        renewal = now.world.renewal()
        assert (
            told(renewal) == f"A certificate for {DOMAIN} is on its way: it takes a minute or two."
        )
        await settle(renewal)
        assert told(renewal) == ""
        renewal.certificate_file.unlink()
        await settle(renewal)
        assert "is on its way" in str(now.world.changes[1])
        assert kept(renewal) == now.authority.issued[1]
        # Where something removes it again and again, the authority is asked once a day.
        for _ in range(4):
            renewal.certificate_file.unlink(missing_ok=True)
            await now.let_pass(renewal, DAY / 4 - HOUR)
        assert len(now.authority.issued) == 2
        await now.let_pass(renewal, 5 * HOUR)
        assert kept(renewal) == now.authority.issued[2]
        # Nobody is troubled for one that cannot be read at the moment.
        renewal.certificate_file.unlink()
        renewal.certificate_file.mkdir()
        await now.let_pass(renewal, 2 * DAY)
        assert len(now.authority.issued) == 3
        assert told(renewal) == ""


async def test_another_domain_and_another_authority_have_files_of_their_own(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as now:
        first = now.world.renewal()
        await settle(first)
        settings = now.world.settings
        for each in (
            replace(settings, domain="gate.home.test"),
            replace(settings, directory=f"{settings.directory}?"),
        ):
            now.world.settings = each
            other = now.world.renewal()
            await settle(other)
            assert kept(other) == now.authority.issued[-1]
        assert kept(first) == now.authority.issued[0]
        assert len(now.authority.issued) == 3


async def test_it_runs_until_it_is_cancelled_even_within_an_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the daemon stops: an owner's program that hangs is hardly waited for."""
    monkeypatch.setattr(order, "PARTING", 0.1)
    async with scene(tmp_path) as now:
        task = asyncio.create_task(now.world.renewal().run())
        while not now.world.changes:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        monkeypatch.setattr(propagation, "QUESTION_TIMEOUT", 0.05)
        now.world.dns = Dns(("127.0.0.1",), free_port())
        hook = tmp_path / "hook"
        hook.write_text('#!/bin/sh\necho $1 >>"$(dirname "$0")/called"\nexec sleep 1000\n')
        hook.chmod(0o755)
        now.world.settings = replace(
            now.world.settings,
            domain="gate.home.test",
            provider="exec",
            environment={"EXEC_PATH": str(hook)},
        )
        renewal = now.world.renewal()
        another = asyncio.create_task(renewal.run())
        while not (tmp_path / "called").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        another.cancel()
        for each in (task, another):
            with pytest.raises(asyncio.CancelledError):
                await each
    assert not renewal.certificate_file.exists()
    assert (tmp_path / "called").read_text().split() == ["present", "cleanup"]
