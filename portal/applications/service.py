"""Opening, answering and withdrawing an application, and doing a form's work once."""

import json
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Literal
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col

from portal.applications.queries import AnswerValue, answer_place, find_latest_application
from portal.db.models import Answer, AnswerSource, Applicant, Application, EventHead, RequestKey
from portal.db.uow import UnitOfWork, body_hash
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_

# Without 0/O, 1/I/L and U/V: a reference is read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"

_ABOUT_INCOME = tuple(
    f"kept_{check}" for check in ("proof_name", "proof_totals", "proof_recent", "employer", "income", "inflows")
)

DEPENDENTS: Mapping[str, tuple[str, ...]] = {
    "employment": ("employer",),
    "id_front": ("name", "id_number", "kept_id_name", "kept_id_number", "kept_id_birth_date", "kept_id_consistent"),
    "id_back": ("valid_to", "kept_id_expiry"),
    "income_proof": ("proven_income", *_ABOUT_INCOME),
    "income_extra": _ABOUT_INCOME,
}
"""What has to be asked again when an answer changes: another card may name another person."""

_MIRRORS = {"amount": "amount_fen", "term": "term_months", "purpose": "purpose"}
_MAX_KEY = 100
# Other people's applications are searched for the same value when fraud is screened.
_INDEXED = frozenset({"id_number", "bank_card"})
NOT_PUBLIC = b"not public"


class KeyReused(Invalid):
    """One form's key came back with other content."""

    public = N_("这个页面已经提交过别的内容，这次没有改动任何信息。请查看下面的最新情况再继续。")


def new_reference() -> str:
    """XD and ten characters: about 4 × 10¹⁴ of them, so guessing one leads nowhere."""
    return "XD" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


async def open_draft(uow: UnitOfWork, applicant_id: UUID, script_version: str) -> Application:
    """A new draft with an empty history."""
    application = Application(reference=new_reference(), applicant_id=applicant_id, script_version=script_version)
    uow.session.add(application)
    await uow.session.flush()
    uow.session.add(EventHead(application_id=application.id))
    await uow.append(
        application.id,
        EventKind.DRAFT_OPENED,
        actor=applicant_id,
        actor_kind=ActorKind.APPLICANT,
        script=script_version,
    )
    return application


async def resume_or_open(uow: UnitOfWork, applicant_id: UUID, script_version: str) -> Application:
    """The person's newest application, or a draft when they have none; two taps at once open one draft."""
    if await uow.session.get(Applicant, applicant_id, with_for_update={"key_share": True}) is None:
        raise NotFound
    application = await find_latest_application(uow, applicant_id)
    if application is None:
        return await open_draft(uow, applicant_id, script_version)
    if application.state is ApplicationState.DRAFT:
        await uow.append(application.id, EventKind.DRAFT_RESUMED, actor=applicant_id, actor_kind=ActorKind.APPLICANT)
    return application


async def open_another(uow: UnitOfWork, applicant_id: UUID, script_version: str) -> Application:
    """A new draft after an earlier application came to its end; while one is still open, that one."""
    application = await resume_or_open(uow, applicant_id, script_version)
    if application.state in (ApplicationState.DECLINED, ApplicationState.DISBURSED):
        return await open_draft(uow, applicant_id, script_version)
    return application


async def withdraw(uow: UnitOfWork, application: Application) -> None:
    """The applicant takes it back: nothing that has not begun will run. Raises IllegalTransition once signed."""
    await uow.change_state(application, ApplicationState.WITHDRAWN)
    await uow.cancel_steps(application.id)
    await uow.append(
        application.id,
        EventKind.APPLICATION_WITHDRAWN,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
    )


def record_origin(uow: UnitOfWork, application: Application, ip: str) -> None:
    """Keep where it was submitted from, as a blind index. A loopback or private address tells nobody apart."""
    try:
        public = ip_address(ip).is_global
    except ValueError:
        return
    application.ip_index = uow.keys.blind_index("ip", ip) if public else NOT_PUBLIC


async def claim_request(uow: UnitOfWork, application_id: UUID, key: str, action: str, body: str) -> bool:
    """True the first time; False when the very same was already done; raises KeyReused when the body changed.

    A concurrent twin waits here for the first to commit. Call it after validating, or in a savepoint that is rolled
    back: a key spent on a refused form would refuse its correction.
    """
    if not 0 < len(key) <= _MAX_KEY:
        raise KeyReused
    digest = body_hash(action, body)
    written = await uow.session.exec(
        upsert(RequestKey)
        .values(application_id=application_id, key=key, body_hash=digest, created_at=now())
        .on_conflict_do_nothing()
        .returning(RequestKey.key)  # type: ignore[call-overload]
    )
    if written.one_or_none() is not None:
        return True
    earlier = await uow.session.get_one(RequestKey, (application_id, key))
    if earlier.body_hash != digest:
        raise KeyReused
    return False


Stored = Literal["new", "changed", "same"]


async def store_answer(
    uow: UnitOfWork,
    application: Application,
    slot: str,
    value: AnswerValue,
    source: AnswerSource = AnswerSource.TYPED,
) -> Stored:
    """Keep one answer of a draft; a changed one drops what depended on it (`DEPENDENTS`).

    The caller holds the application's row locked. Raises Conflict once it is submitted.
    """
    if application.state is not ApplicationState.DRAFT:
        raise Conflict
    cipher = await uow.cipher(application.applicant_id)
    place = answer_place(application.id, slot)
    text = json.dumps(value, ensure_ascii=False)
    row = await uow.session.get(Answer, (application.id, slot))
    if row is not None and cipher.open(place, row.value) == text:
        row.source = source
        return "same"
    changed = row is not None
    if row is None:
        row = Answer(application_id=application.id, slot=slot, value=b"")
        uow.session.add(row)
    row.value, row.source, row.answered_at = cipher.seal(place, text), source, now()
    row.value_index = uow.keys.blind_index(slot, str(value)) if slot in _INDEXED else None
    application.updated_at = row.answered_at
    if slot in _MIRRORS:
        setattr(application, _MIRRORS[slot], value)
    dropped = await _drop_dependents(uow, application.id, slot) if changed else []
    await uow.append(
        application.id,
        EventKind.ANSWER_CHANGED if changed else EventKind.QUESTION_ANSWERED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        slot=slot,
        source=source.value,
        **({"asks_again": dropped} if dropped else {}),
    )
    return "changed" if changed else "new"


async def _drop_dependents(uow: UnitOfWork, application_id: UUID, slot: str) -> list[str]:
    if slot not in DEPENDENTS:
        return []
    gone = await uow.session.exec(
        delete(Answer)
        .where(col(Answer.application_id) == application_id, col(Answer.slot).in_(DEPENDENTS[slot]))
        .returning(col(Answer.slot))
    )
    return sorted(slot for (slot,) in gone)


async def store_identity(
    uow: UnitOfWork, applicant_id: UUID, *, name: str | None = None, id_number: str | None = None
) -> None:
    """Keep who the person says they are, searchable by blind index."""
    applicant = await uow.session.get_one(Applicant, applicant_id)
    cipher = await uow.cipher(applicant_id)
    if name is not None:
        applicant.name = cipher.seal(f"applicant.name.{applicant_id}", name)
        applicant.name_index = uow.keys.blind_index("name", name)
    if id_number is not None:
        applicant.id_number = cipher.seal(f"applicant.id_number.{applicant_id}", id_number)
        applicant.id_number_index = uow.keys.blind_index("id_number", id_number)
