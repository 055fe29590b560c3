"""The parts of a test: a network, a Debian 13 in it, and a phone.

Each test has machines that nothing has happened to. They boot from layers that are made once:
Debian with the package's dependencies, and upon it what the installation of the package writes.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.machine.appliance import Appliance, install, with_test_devices
from tests.support.machine.layers import debian, scratch
from tests.support.machine.leftovers import sweep
from tests.support.machine.machine import machine
from tests.support.machine.package import dependencies
from tests.support.network import Home, home
from tests.support.rigs import packages

_addresses = count(2)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .deb under test."""
    return packages.under_test(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def bare(package: Path) -> Iterator[Path]:
    """A Debian 13 with everything that the package depends on, and without the package."""
    with debian(dependencies(package)) as root:
        sweep(root.parent)
        yield root


@pytest.fixture(scope="session")
def network() -> Iterator[Home]:
    """A home's network, of which nothing reaches the outside."""
    with home() as network:
        yield network


@pytest.fixture(scope="session")
def installed(bare: Path, package: Path, network: Home) -> Iterator[Path]:
    """What the installation of the package has written on the disk of `bare`."""
    with network.host(next(_addresses)) as cable, machine(cable, [bare]) as made:
        made.boot()
        install(made, package)
        Appliance(made).becomes("active")
        made.shut_down()
        with scratch(bare) as directory:
            yield made.disk.rename(directory / "installed")


@pytest.fixture
def appliance(bare: Path, installed: Path, network: Home) -> Iterator[Appliance]:
    """A machine that is off, on which the package is installed, with the test devices."""
    with network.host(next(_addresses)) as cable, machine(cable, [installed, bare]) as made:
        with_test_devices(made)
        yield (appliance := Appliance(made))
        tell(appliance)


@pytest.fixture
def fresh(bare: Path, network: Home) -> Iterator[Appliance]:
    """A machine that is off, and has never seen the package."""
    with network.host(next(_addresses)) as cable, machine(cable, [bare]) as made:
        yield (appliance := Appliance(made))
        tell(appliance)


def tell(appliance: Appliance) -> None:
    """Print what the service said: pytest shows it where the test has failed."""
    if appliance.machine.on:
        print(appliance.journal("--lines=200"))
