import json
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from portal.settings import Settings, explain, runtime_dir, settings_table


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets counts."""
    for row in settings_table():
        monkeypatch.delenv(row.variable, raising=False)
    monkeypatch.setenv("XINDAI_HOME", str(tmp_path / "home"))


PRODUCTION = {
    "XINDAI_ENVIRONMENT": "production",
    "XINDAI_BASE_URL": "https://loan.example.cn",
    "XINDAI_TRUSTED_PROXIES": "10.1.0.0/16",
    "XINDAI_DATABASE_URL": "postgresql://xindai:pw@db/xindai",
    "XINDAI_REDIS_URL": "redis://cache/0",
    "XINDAI_STORAGE_URL": "s3://bucket",
    "XINDAI_SECRET_KEY": "s" * 40,
    "XINDAI_DATA_KEYS": "k1:" + "A" * 43 + "=",
    "XINDAI_BUREAU_URL": "https://bureau.example.cn",
    "XINDAI_BANK_URL": "https://bank.example.cn",
    "XINDAI_SMS_SENDER": "console",
    "XINDAI_EMAIL_SENDER": "smtp",
}


def test_defaults_follow_the_port_and_the_home(tmp_path: Path) -> None:
    settings = Settings(port=9100)
    assert settings.base_url == "http://localhost:9100"
    assert settings.bureau_url == "http://localhost:9101/bureau"
    assert settings.messages_url == "http://localhost:9101/messages"
    assert settings.redis_url == "redis://127.0.0.1:9102/0"
    assert settings.database_url.endswith(f"?host={runtime_dir(tmp_path / 'home')}")
    assert settings.storage_url == (tmp_path / "home" / "files").as_uri()
    assert settings.embeds_database
    assert settings.embeds_redis


def test_secrets_are_made_once_and_stay(tmp_path: Path) -> None:
    first = Settings()
    file = tmp_path / "home" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    again = Settings()
    assert again.secret_key == first.secret_key
    assert again.data_keys.get_secret_value() == json.loads(file.read_text())["data_keys"]


def test_given_secrets_make_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XINDAI_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("XINDAI_DATA_KEYS", PRODUCTION["XINDAI_DATA_KEYS"])
    assert Settings().secret_key.get_secret_value() == "x" * 32
    assert not (tmp_path / "home").exists()


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINDAI_DATABASE_URL", "")
    monkeypatch.setenv("XINDAI_OCR_MODELS", "")
    assert Settings().embeds_database
    assert Settings().ocr_models is None


def test_the_usual_database_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINDAI_DATABASE_URL", "postgres://xindai:pw@db/xindai")
    settings = Settings()
    assert settings.database_url == "postgresql+asyncpg://xindai:pw@db/xindai"
    assert not settings.embeds_database
    assert "pw@" not in repr(settings)


def test_production_starts_when_everything_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert Settings().environment == "production"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("missing", sorted(PRODUCTION.keys() - {"XINDAI_ENVIRONMENT"}))
def test_production_refuses_every_convenience(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name, value in PRODUCTION.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    sentence = explain(refusal.value)
    assert missing in sentence
    assert "pw@" not in sentence


def test_a_wrong_value_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINDAI_SECRET_KEY", "short-secret")
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert "XINDAI_SECRET_KEY" in explain(refusal.value)
    assert "short-secret" not in explain(refusal.value) + str(refusal.value)


def test_proxies_are_networks() -> None:
    assert Settings(trusted_proxies="10.0.0.1, 192.168.0.0/24 ,fd00::/8").trusted_proxies == (
        "10.0.0.1/32,192.168.0.0/24,fd00::/8"
    )
    for wrong in ("everybody", "*", "10.0.0.1/8"):
        with pytest.raises(ValidationError):
            Settings(trusted_proxies=wrong)


def test_every_setting_is_described() -> None:
    rows = settings_table()
    assert all(row.default and row.description.endswith(".") for row in rows)
    assert ("XINDAI_PORT", "8000") in {(row.variable, row.default) for row in rows}
