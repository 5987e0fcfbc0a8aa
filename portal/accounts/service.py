"""One-time codes and the applicants they let in.

A code has 6 digits, lives 5 minutes, works once and bears five tries; a phone gets at most ten a day and five an hour
for a purpose, and one in 30 seconds. Whether a number is known never shows: every number goes the same way.
"""

import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from portal.db.models import Applicant, CodePurpose, OneTimeCode
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.domain.errors import Invalid
from portal.domain.text import N_
from portal.notifications.service import notify_mobile

MAX_TRIES = 5
CODES_AN_HOUR = 5
CODES_A_DAY = 10
PAUSE = timedelta(seconds=30)
TTL = timedelta(minutes=5)
CODES_KEPT = timedelta(days=1)
"""Longer than any limit looks back. A contract's code stays: its evidence names it."""


class WrongCode(Invalid):
    """The code doesn't open anything. Catch it and answer 422: the spent try must be committed, not rolled back."""

    def __init__(self, public: str) -> None:
        super().__init__({"code": public})


async def issue_code(
    uow: UnitOfWork,
    mobile: str,
    purpose: CodePurpose,
    scope: str = "",
    *,
    ttl: timedelta = TTL,
    language: str = "zh",
) -> bool:
    """Send a fresh code by SMS, unless a limit says no (False).

    At the first request show the same page either way; only who asks again for the number they gave is told.
    """
    index = uow.keys.blind_index("mobile", mobile)
    # Two requests for one phone take turns, so that the limits are exact.
    await uow.take_turn(index)
    at = now()
    if _next_time(await _list_sent(uow, index, purpose, at), scope, at) > at:
        return False
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = OneTimeCode(
        mobile_index=index, purpose=purpose, scope=scope, code_hash=b"", created_at=at, expires_at=at + ttl
    )
    row.code_hash = _code_hash(uow, row, code)
    uow.session.add(row)
    await uow.session.flush()
    await notify_mobile(uow, f"{purpose.value}_code", mobile, {"code": code}, row.expires_at, language)
    return True


async def seconds_to_next_code(uow: UnitOfWork, mobile: str, purpose: CodePurpose, scope: str = "") -> int:
    """How long until this phone may be sent another; whoever asks has given the number."""
    at = now()
    sent = await _list_sent(uow, uow.keys.blind_index("mobile", mobile), purpose, at)
    return ceil((_next_time(sent, scope, at) - at).total_seconds())


_Sent = tuple[datetime, str]
"""When, and for what scope."""


async def _list_sent(uow: UnitOfWork, index: bytes, purpose: CodePurpose, at: datetime) -> list[_Sent]:
    """A day's codes of one phone, newest first."""
    rows = await uow.session.exec(
        select(OneTimeCode.created_at, OneTimeCode.scope)
        .where(
            OneTimeCode.mobile_index == index,
            OneTimeCode.purpose == purpose,
            col(OneTimeCode.created_at) > at - timedelta(days=1),
        )
        .order_by(col(OneTimeCode.created_at).desc())
    )
    return list(rows)


def _next_time(sent: list[_Sent], scope: str, at: datetime) -> datetime:
    """The first moment at which no limit speaks against another code; `at` itself when none does."""
    moments = [at, *(created + PAUSE for created, of in sent if of == scope)]
    for most, window in ((CODES_AN_HOUR, timedelta(hours=1)), (CODES_A_DAY, timedelta(days=1))):
        if len(sent) >= most:
            moments.append(sent[most - 1][0] + window)
    return max(moments)


def clean_code(code: str) -> str:
    """The six digits as typed on any keyboard; raises WrongCode, which costs no try."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", code))
    if not re.fullmatch("[0-9]{6}", digits):
        raise WrongCode(N_("验证码是 6 位数字，请查看短信后填写。"))
    return digits


async def check_code(uow: UnitOfWork, mobile: str, purpose: CodePurpose, code: str, scope: str = "") -> OneTimeCode:
    """Use up the newest code of this phone, purpose and scope; raises WrongCode, having counted the try."""
    digits = clean_code(code)
    newest = (
        select(OneTimeCode)
        .where(
            OneTimeCode.mobile_index == uow.keys.blind_index("mobile", mobile),
            OneTimeCode.purpose == purpose,
            OneTimeCode.scope == scope,
        )
        .order_by(col(OneTimeCode.created_at).desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = (await uow.session.exec(newest)).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= now():
        raise WrongCode(N_("验证码已失效，请重新获取。"))
    if row.tries >= MAX_TRIES:
        raise WrongCode(N_("输错次数太多，这个验证码已作废，请重新获取。"))
    row.tries += 1
    right = hmac.compare_digest(row.code_hash, _code_hash(uow, row, digits))
    if right:
        row.used_at = now()
    await uow.session.flush()
    if not right:
        raise WrongCode(N_("验证码不正确，请核对短信里的 6 位数字。"))
    return row


def _code_hash(uow: UnitOfWork, row: OneTimeCode, code: str) -> bytes:
    # Six digits would be guessed from a plain hash at once; the row's id keeps a hash from fitting another code.
    return uow.keys.blind_index("one_time_code", f"{row.id}:{row.purpose}:{row.scope}:{code}")


async def sign_in_applicant(uow: UnitOfWork, mobile: str, code: str, language: str) -> UUID:
    """The applicant behind a phone, made on their first visit; raises WrongCode."""
    await check_code(uow, mobile, CodePurpose.SIGN_IN, code)
    index = uow.keys.blind_index("mobile", mobile)
    applicant = (await uow.session.exec(select(Applicant).where(Applicant.mobile_index == index))).one_or_none()
    if applicant is None:
        return await _register(uow, mobile, index, language)
    applicant.language = language
    return applicant.id


async def _register(uow: UnitOfWork, mobile: str, index: bytes, language: str) -> UUID:
    applicant = Applicant(mobile_index=index, mobile=b"", language=language)
    cipher = await uow.cipher(applicant.id)
    applicant.mobile = cipher.seal(f"applicant.mobile.{applicant.id}", mobile)
    await uow.session.exec(
        upsert(Applicant).values(**applicant.model_dump()).on_conflict_do_nothing(index_elements=["mobile_index"])
    )
    return (await uow.session.exec(select(Applicant.id).where(Applicant.mobile_index == index))).one()


async def store_language(uow: UnitOfWork, applicant_id: UUID, language: str) -> None:
    """Notices follow the language of the pages."""
    applicant = await uow.session.get(Applicant, applicant_id)
    if applicant is not None:
        applicant.language = language


async def drop_old_codes(uow: UnitOfWork) -> None:
    """Who asked for a code, and when, is nobody's business once no limit counts it."""
    await uow.session.exec(
        delete(OneTimeCode).where(
            col(OneTimeCode.created_at) < now() - CODES_KEPT, col(OneTimeCode.purpose) != CodePurpose.SIGN_CONTRACT
        )
    )
