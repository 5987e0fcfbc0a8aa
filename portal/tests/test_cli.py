import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from portal import cli


class Became(Exception):
    """What the command turned into."""


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def execv(program: str, command: list[str]) -> NoReturn:
        raise Became(*command[1:])

    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setattr(os, "environ", dict(os.environ) | {"XINDAI_HOME": str(tmp_path)})
    monkeypatch.setenv("XINDAI_DATABASE_URL", "postgresql://db/xindai")
    monkeypatch.chdir(tmp_path)


def became(*arguments: str) -> tuple[str, ...]:
    with pytest.raises(Became) as program:
        cli.app(list(arguments), standalone_mode=False)
    return tuple(map(str, program.value.args))


def sentence(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["xindai", *arguments])
    with pytest.raises(SystemExit) as refusal:
        cli.main()
    return str(refusal.value.code)


def test_the_commands_are_those_promised() -> None:
    listed = CliRunner().invoke(cli.app, ["--help"]).output
    for command in ("up", "web", "worker", "sandbox", "migrate", "seed", "simulate", "read", "totp"):
        assert f" {command} " in listed


def test_other_programs_get_their_arguments() -> None:
    assert became("worker", "--queue", "ocr") == ("-m", "workers", "--queue", "ocr")
    assert became("sandbox", "--port", "9001") == ("-m", "workers.sandbox", "--port", "9001")
    assert became("sandbox") == ("-m", "workers.sandbox", "--port", "8001")
    assert became("simulate", "20", "--url", "http://x") == (
        *("-m", "workers.sandbox.simulate"),
        *("20", "--url", "http://x"),
    )
    assert became("read", "a.jpg", "--json") == ("-m", "workers.ocr", "a.jpg", "--json")
    assert became("read", "--help") == ("-m", "workers.ocr", "--help")


def test_migrate_runs_in_the_checkout_with_the_same_home(tmp_path: Path) -> None:
    assert became("migrate") == ("-m", "alembic", "upgrade", "head")
    assert Path("pyproject.toml").exists()
    assert os.environ["XINDAI_HOME"] == str(tmp_path)


def test_web_listens_where_it_is_told() -> None:
    command = became("web", "--port", "9000", "--host", "0.0.0.0")  # noqa: S104 - what a person types
    assert {"--port=9000", "--host=0.0.0.0", "portal.asgi:create_app"} < set(command)
    assert os.environ["XINDAI_PORT"] == "9000"


def test_a_missing_database_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XINDAI_DATABASE_URL")
    for command in (["web"], ["worker", "--queue", "ocr"], ["migrate"], ["seed"]):
        assert "No database: set XINDAI_DATABASE_URL" in sentence(monkeypatch, *command)


def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINDAI_PORT", "eighty")
    assert "XINDAI_PORT: Input should be a valid integer" in sentence(monkeypatch, "up")


def test_production_takes_no_seed_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENVIRONMENT": "production",
        "BASE_URL": "https://loan.example.cn",
        "TRUSTED_PROXIES": "10.0.0.1",
        "REDIS_URL": "redis://cache/0",
        "STORAGE_URL": "s3://bucket",
        "SECRET_KEY": "s" * 40,
        "DATA_KEYS": "k1:" + "A" * 43 + "=",
        "BUREAU_URL": "https://bureau.example.cn",
        "BANK_URL": "https://bank.example.cn",
        "SMS_SENDER": "console",
        "EMAIL_SENDER": "smtp",
    }.items():
        monkeypatch.setenv(f"XINDAI_{name}", value)
    assert "takes no seed staff" in sentence(monkeypatch, "seed")
    assert "has no seed staff" in sentence(monkeypatch, "totp", "officer")
