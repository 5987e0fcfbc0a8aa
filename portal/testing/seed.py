"""Staff for a development machine: one login a role, and the watch-list entry of a sandbox persona.

Passwords and secrets are drawn once and kept in `{home}/seed-staff.json`, readable by its owner only; a later start
makes the database agree with the file again. Never in production.
"""

import asyncio
import json
import os
import secrets
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pyotp
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from portal.accounts.staff import enrol, hash_password, verify_password
from portal.db.engine import create_engine, create_sessions
from portal.db.models import Role, Staff, WatchEntry
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.db.vault import KeyRing
from portal.domain.clock import now
from portal.domain.identity import IdNumber
from portal.jobs import SilentAnnouncer
from portal.settings import Settings, get_settings

FILE = "seed-staff.json"

_NAMES: dict[Role, str] = {
    Role.SUPPORT: "林晓",
    Role.OFFICER: "周敏",
    Role.RISK: "许衡",
    Role.OPS: "何川",
    Role.ADMIN: "方宁",
}

# The persona `watch_list` of workers.sandbox.personas; a test compares the two.
WATCHED_ID_NUMBER = "440100198712215223"

# Without 0/o, 1/i/l: a password is copied from a terminal by eye.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class SeedRefused(RuntimeError):
    """Production takes no logins whose passwords lie in a file."""


@dataclass(frozen=True, slots=True)
class SeedLogin:
    """`totp_secret` is base32; `role` a `Role` value, which is also the login."""

    login: str
    password: str
    totp_secret: str
    role: str


async def seed_staff(settings: Settings | None = None) -> list[SeedLogin]:
    """Make file and database agree on one login a role; returns them. Raises SeedRefused in production."""
    settings = settings or get_settings()
    if settings.environment == "production":
        raise SeedRefused("Production takes no seed staff: their passwords are public.")
    logins = read_logins(settings.home) or _draw_logins(settings.home)
    keys = KeyRing.from_config(settings.data_keys.get_secret_value(), settings.secret_key.get_secret_value())
    engine = create_engine(settings.database_url, pool_size=1)
    try:
        async with UnitsOfWork(create_sessions(engine), keys, SilentAnnouncer()).begin() as uow:
            for login in logins:
                await _keep(uow, login)
            await _watch(uow, WATCHED_ID_NUMBER)
    finally:
        await engine.dispose()
    return logins


def read_logins(home: Path) -> list[SeedLogin]:
    """What the file holds; nothing when there is none."""
    file = home / FILE
    return [SeedLogin(**row) for row in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def _draw_logins(home: Path) -> list[SeedLogin]:
    """Fresh passwords and secrets, written whole or not at all."""
    logins = [SeedLogin(role.value, _password(), pyotp.random_base32(), role.value) for role in _NAMES]
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=home)  # readable by its owner only
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump([asdict(login) for login in logins], out, indent=2)
    Path(draft).replace(home / FILE)
    return logins


def _password() -> str:
    """Four groups of four: about 78 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


async def _keep(uow: UnitOfWork, login: SeedLogin) -> None:
    """Enrol, or mend a row of another file; one that agrees is left alone, with the codes it has used."""
    role = Role(login.role)
    staff = (await uow.session.exec(select(Staff).where(col(Staff.login) == login.login))).one_or_none()
    if staff is None:
        await enrol(uow, login.login, _NAMES[role], role, login.password, login.totp_secret)
        return
    cipher, place = await uow.cipher(), f"staff.totp_secret.{staff.id}"
    if not verify_password(staff.password_hash, login.password):
        staff.password_hash = hash_password(login.password)
    if cipher.open(place, staff.totp_secret) != login.totp_secret:
        staff.totp_secret, staff.totp_step = cipher.seal(place, login.totp_secret), 0
    staff.active = True


async def _watch(uow: UnitOfWork, id_number: str) -> None:
    index = uow.keys.blind_index("id_number", IdNumber.parse(id_number).value)
    entry = upsert(WatchEntry).values(id_number_index=index, reason="sandbox_persona", added_at=now())
    await uow.session.exec(entry.on_conflict_do_nothing())


def present(logins: list[SeedLogin]) -> str:
    """One line a login, and how to get its code of the moment."""
    lines = [f"{one.login:8} {one.password}   动态码密钥 TOTP secret {one.totp_secret}" for one in logins]
    return "\n".join([*lines, "当前动态码 the code right now: .venv/bin/xindai totp officer"])


def code_of(logins: list[SeedLogin], login: str) -> str:
    """The time-based code of this half minute; raises SeedRefused for a login that is not seeded."""
    known = next((one for one in logins if one.login == login), None)
    if known is None:
        raise SeedRefused(f"No seeded login {login}. Known: {', '.join(one.login for one in logins) or 'none yet'}.")
    return pyotp.TOTP(known.totp_secret).now()


def main(arguments: list[str]) -> None:
    """`python -m portal.testing.seed [--totp LOGIN]`."""
    settings = get_settings()
    try:
        if arguments[:1] == ["--totp"] and len(arguments) == 2:
            text = code_of(read_logins(settings.home), arguments[1])
        else:
            text = present(asyncio.run(seed_staff(settings)))
    except SeedRefused as refused:
        sys.exit(f"xindai: {refused}")
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
