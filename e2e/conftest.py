"""One product and one browser for all journeys; phones and desks of a test's own, looked over at its end."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from e2e.screens.device import DESK, OUTPUT, PHONE, Auditor, Device, Kind
from e2e.server import Stack, running_stack
from portal.settings import ROOT
from portal.testing.chromium import chromium_path
from portal.testing.seed import SeedLogin, read_logins

_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""

NewDevice = Callable[..., Device]
_LOG_CHARACTERS = 8000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With the end of the product's log, where a journey failed."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(stack, Stack):
        report.sections.append(("the product's log", stack.log.read_text(errors="replace")[-_LOG_CHARACTERS:]))
    return report


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """`xindai up`, as `make up` runs it.

    Not below pytest's folder: each new session of pytest closes that to others, and as root the database is `nobody`.
    """
    home = TemporaryDirectory(prefix="xindai-e2e-", ignore_cleanup_errors=True)
    with home as folder, running_stack(Path(folder) / "home") as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> str:
    """Looked for before Playwright starts: the search may start one of its own."""
    return chromium_path()


@pytest.fixture(scope="package")
def playwright(chromium: str) -> Iterator[Playwright]:
    """Ends with the package: while it runs, its loop is the thread's, and no other test could have one."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with the Chinese fonts that come along, whatever the machine has."""
    folder = tmp_path_factory.mktemp("fonts")
    config = folder / "fonts.conf"
    config.write_text(_FONTS.format(fonts=ROOT / "static" / "vendor" / "fonts", cache=folder / "cache"))
    launched = playwright.chromium.launch(
        executable_path=chromium,
        args=list(_ARGUMENTS),
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
    )
    yield launched
    launched.close()


@pytest.fixture(scope="package")
def auditor(browser: Browser) -> Auditor:
    """Knows which screens axe has seen already."""
    return Auditor(browser, (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))


@pytest.fixture
def new_device(stack: Stack, browser: Browser, auditor: Auditor, request: pytest.FixtureRequest) -> Iterator[NewDevice]:
    """Makes browsers of people; afterwards none of them may have complained, and the product neither."""
    devices: list[Device] = []
    position = stack.log_size()

    def make(kind: Kind = PHONE, *, scripted: bool = True) -> Device:
        devices.append(Device(browser, stack, auditor, kind, scripted=scripted))
        return devices[-1]

    yield make
    for number, device in enumerate(devices):
        device.take_picture(_picture(request.node.name, number))
        device.close()
    complaints = [complaint for device in devices for complaint in device.complaints]
    assert not complaints, "\n".join(complaints)
    trouble = stack.trouble_since(position)
    assert not trouble, "\n".join(trouble)


@pytest.fixture
def phone(new_device: NewDevice) -> Device:
    """A phone, 390 × 844."""
    return new_device()


@pytest.fixture
def desk(new_device: NewDevice) -> Device:
    """A desktop, 1280 × 800."""
    return new_device(DESK)


@pytest.fixture
def logins(stack: Stack) -> dict[str, SeedLogin]:
    """The seed staff by login."""
    return {login.login: login for login in read_logins(stack.home)}


def _picture(test: str, number: int) -> Path:
    """Where the last thing a device showed is kept: what to look at first when a journey fails."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    return OUTPUT / f"{test}-{number + 1}.png"
