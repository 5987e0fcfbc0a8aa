"""Staff sign-in: password (argon2id) and a time-based code (RFC 6238), each code once."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import update
from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import Role, Staff
from portal.db.uow import UnitOfWork
from portal.domain.errors import Invalid
from portal.domain.identity import clean_digits
from portal.domain.text import N_

# An argon2 hash takes 64 MiB while it is computed: four at a time.
_HASHERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="argon2")
_argon2 = PasswordHasher()
_STEP_SECONDS = 30


class SignInRefused(Invalid):
    """One sentence for a wrong login, password or code: which of them it was is nobody's business."""

    def __init__(self) -> None:
        super().__init__(public=N_("账号、密码或动态码不正确，请核对后重试。动态码每 30 秒更换，用过一次即失效。"))


def hash_password(password: str) -> str:
    """For seeding and changing passwords; takes about 50 ms of CPU."""
    return _argon2.hash(password)


async def enrol(uow: UnitOfWork, login: str, name: str, role: Role, password: str, totp_secret: str) -> Staff:
    """Add a staff member; `totp_secret` is base32."""
    staff = Staff(login=login, name=name, role=role, password_hash=hash_password(password), totp_secret=b"")
    staff.totp_secret = (await uow.cipher()).seal(f"staff.totp_secret.{staff.id}", totp_secret)
    uow.session.add(staff)
    await uow.session.flush()
    return staff


async def sign_in_staff(uow: UnitOfWork, login: str, password: str, code: str) -> StaffIdentity:
    """Who signed in; raises SignInRefused. An unknown login costs the same hash as a known one."""
    staff = (await uow.session.exec(select(Staff).where(Staff.login == login.strip().lower()))).one_or_none()
    digest = staff.password_hash if staff is not None else _hash_of_nobody()
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(_HASHERS, verify_password, digest, password)
    if staff is None or not right or not staff.active:
        raise SignInRefused
    secret = (await uow.cipher()).open(f"staff.totp_secret.{staff.id}", staff.totp_secret)
    step = _matching_step(secret, clean_digits(code), staff.totp_step)
    if step is None or not await _spend_step(uow, staff, step):
        raise SignInRefused
    return StaffIdentity(staff.id, staff.login, staff.name, staff.role.value)


def verify_password(digest: str, password: str) -> bool:
    """Whether the password is the one behind the hash; takes about 50 ms of CPU."""
    try:
        return _argon2.verify(digest, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return _argon2.hash("nobody has this password")


def _matching_step(secret: str, code: str, last_step: int) -> int | None:
    """The time step the code belongs to: this one or a neighbour (clocks differ), never one used before."""
    totp = pyotp.TOTP(secret, interval=_STEP_SECONDS)
    current = int(time.time()) // _STEP_SECONDS
    for step in (current, current - 1, current + 1):
        if step > last_step and pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None


async def _spend_step(uow: UnitOfWork, staff: Staff, step: int) -> bool:
    """Compare and set, so that one code lets one of two simultaneous sign-ins in."""
    spent = await uow.session.exec(
        update(Staff)
        .where(col(Staff.id) == staff.id, col(Staff.totp_step) < step)
        .values(totp_step=step)
        .returning(col(Staff.id))
        .execution_options(synchronize_session=False)
    )
    return spent.one_or_none() is not None
