"""Seed staff: one login a role, the same on every start, refused in production."""

import stat
import time

import pyotp
import pytest
from sqlmodel import select

from portal.accounts.staff import sign_in_staff
from portal.db.models import Role, Staff, WatchEntry
from portal.db.uow import UnitsOfWork
from portal.settings import Settings
from portal.testing import seed


async def test_every_role_can_sign_in_and_a_second_start_changes_nothing(
    settings: Settings, units: UnitsOfWork
) -> None:
    earliest = int(time.time()) // 30
    logins = await seed.seed_staff(settings)
    assert [login.role for login in logins] == [role.value for role in Role]
    async with units.begin() as uow:
        before = {row.login: row.password_hash for row in await uow.session.exec(select(Staff))}
        for login in logins:
            code = pyotp.TOTP(login.totp_secret).now()
            assert (await sign_in_staff(uow, login.login, login.password, code)).role == login.role
    assert await seed.seed_staff(settings) == logins
    async with units.begin() as uow:
        rows = (await uow.session.exec(select(Staff))).all()
        assert {row.login: row.password_hash for row in rows} == before
        # A code that was used stays used across starts.
        assert all(row.totp_step >= earliest for row in rows)


async def test_the_file_is_private_and_a_lost_one_is_made_anew(settings: Settings, units: UnitsOfWork) -> None:
    first = await seed.seed_staff(settings)
    file = settings.home / seed.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert seed.read_logins(settings.home) == first
    file.unlink()
    second = await seed.seed_staff(settings)
    assert {login.password for login in first}.isdisjoint(login.password for login in second)
    async with units.begin() as uow:
        code = pyotp.TOTP(second[0].totp_secret).now()
        assert (await sign_in_staff(uow, second[0].login, second[0].password, code)).login == second[0].login


async def test_the_watched_persona_is_on_the_list_once(settings: Settings, units: UnitsOfWork) -> None:
    await seed.seed_staff(settings)
    await seed.seed_staff(settings)
    async with units.begin() as uow:
        entries = (await uow.session.exec(select(WatchEntry))).all()
        assert [entry.id_number_index for entry in entries] == [
            uow.keys.blind_index("id_number", seed.WATCHED_ID_NUMBER)
        ]


async def test_production_is_refused(settings: Settings) -> None:
    production = settings.model_copy(update={"environment": "production"})
    with pytest.raises(seed.SeedRefused):
        await seed.seed_staff(production)
    assert not (settings.home / seed.FILE).exists()


async def test_what_is_printed_signs_in(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    logins = await seed.seed_staff(settings)
    text = seed.present(logins)
    assert all(login.password in text and login.totp_secret in text for login in logins)
    assert pyotp.TOTP(logins[1].totp_secret).verify(seed.code_of(logins, "officer"), valid_window=1)
    with pytest.raises(seed.SeedRefused, match="No seeded login nobody"):
        seed.code_of(logins, "nobody")
