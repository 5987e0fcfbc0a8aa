import os
from pathlib import Path

import pytest

from portal.testing import chromium
from portal.testing.chromium import ChromiumMissing, chromium_path


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine whose PATH is one empty folder, without Playwright's browser and without root."""
    monkeypatch.delenv("XINDAI_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium, "_installed_by_playwright", lambda: None)
    monkeypatch.setattr(chromium, "_download_by_playwright", lambda: None)
    return tmp_path


def program(path: Path, script: str = "exit 0") -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_takes_the_first_on_path_that_runs(machine: Path) -> None:
    program(machine / "chromium", "exit 1")  # such as Ubuntu's stub
    works = program(machine / "google-chrome")
    assert chromium_path() == works


def test_takes_the_one_it_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = program(machine / "mine")
    monkeypatch.setenv("XINDAI_CHROMIUM", chosen)
    assert chromium_path() == chosen
    monkeypatch.setenv("XINDAI_CHROMIUM", str(machine / "none"))
    with pytest.raises(ChromiumMissing, match="does not run"):
        chromium_path()


def test_lets_playwright_fetch_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_download_by_playwright", lambda: "/fetched/chrome")
    assert chromium_path() == "/fetched/chrome"


def test_root_installs_debians(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    browser = machine / "chromium"
    install = f'[ "$1" = update ] || {{ printf "#!/bin/sh\\n" >{browser}; /bin/chmod +x {browser}; }}'
    program(machine / "apt-get", install)
    assert chromium_path() == str(browser)


def test_none_to_be_had_is_one_sentence_not_a_skip(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChromiumMissing, match="none can be had"):
        chromium_path()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(machine / "apt-get", "exit 100")
    with pytest.raises(ChromiumMissing, match="none can be had"):
        chromium_path()
