"""The README says what the code does: its table, its commands, its pictures."""

import re
import subprocess

import pytest
from typer.main import get_command

from portal.cli import app
from portal.settings import ROOT, settings_table

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_configuration_table_is_the_settings() -> None:
    rows = [f"| `{row.variable}` | {row.default} | {row.description} |" for row in settings_table()]
    assert "\n".join(rows) in README
    assert len(re.findall(r"^\| `XINDAI_", README, re.MULTILINE)) == len(rows)


def test_every_command_is_documented_and_exists() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `xindai ([a-z]+)`", README, re.MULTILINE)) == commands
    assert set(re.findall(r"xindai ([a-z]+)", README)) <= commands


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"\bmake ([a-z]+)", README)) - {"is"}
    assert {"up", "test"} <= targets
    for target in targets:
        asked = subprocess.run(  # noqa: S603 - our own Makefile, asked what it would do
            ["/usr/bin/env", "make", "--dry-run", "--question", target], cwd=ROOT, capture_output=True, check=False
        )
        assert b"No rule to make target" not in asked.stderr, target


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)]+)\)", README))
def test_what_it_links_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_variables_of_the_compose_example_exist() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"XINDAI_[A-Z_]+", compose)) <= {row.variable for row in settings_table()}


@pytest.mark.parametrize("path", re.findall(r"!\[[^]]+\]\(([^)]+)\)", README))
def test_its_pictures_are_small(path: str) -> None:
    assert (ROOT / path).stat().st_size <= 150_000


def test_the_commands_of_the_compose_example_exist() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"command: xindai ([a-z]+)", compose)) <= set(get_command(app).commands)  # type: ignore[attr-defined]


def test_every_decision_is_listed() -> None:
    folder = ROOT / "portal" / "decisions"
    listed = set(re.findall(r"\]\(([a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}
