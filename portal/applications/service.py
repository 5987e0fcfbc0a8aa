"""Opening, answering and withdrawing an application, and doing a form's work once."""

import secrets
from ipaddress import ip_address
from uuid import UUID

from sqlalchemy import Insert, bindparam
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from portal.applications.answers import Stored, enter_answer, store_answer
from portal.applications.queries import find_latest_application
from portal.db.models import Applicant, Application, EventHead, RequestKey
from portal.db.together import Query
from portal.db.uow import UnitOfWork, body_hash
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Invalid, NotFound
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_
from portal.domain.workflow import UNTOUCHED
from portal.script.catalogue import scripts

__all__ = [
    "CLAIMS",
    "NOT_PUBLIC",
    "KeyReused",
    "Stored",
    "claim",
    "claim_request",
    "enter_answer",
    "is_spent",
    "new_reference",
    "open_another",
    "open_draft",
    "record_origin",
    "resume_or_open",
    "store_answer",
    "store_identity",
    "withdraw",
]

# Without 0/O, 1/I/L and U/V: a reference is read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"

CLAIMS: Query = select(RequestKey.body_hash).where(
    col(RequestKey.application_id) == bindparam("application_id"), col(RequestKey.key) == bindparam("key")
)
"""What a form's key was spent on before, for `is_spent`."""

_MAX_KEY = 100
NOT_PUBLIC = b"not public"


class KeyReused(Invalid):
    """One form's key came back with other content."""

    public = N_("这个页面已经提交过别的内容，这次没有改动任何信息。请查看下面的最新情况再继续。")


def new_reference() -> str:
    """XD and ten characters: about 4 × 10¹⁴ of them, so guessing one leads nowhere."""
    return "XD" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


async def open_draft(uow: UnitOfWork, applicant_id: UUID, product: str | None = None) -> Application:
    """A new draft with an empty history, under the newest script; the usual product when none is named."""
    catalogue = scripts().open(product)
    application = Application(
        reference=new_reference(),
        applicant_id=applicant_id,
        script_version=catalogue.version,
        product=catalogue.product.id,
        purpose=catalogue.purpose,
    )
    uow.session.add(application)
    await uow.session.flush()
    uow.session.add(EventHead(application_id=application.id))
    await uow.append(
        application.id,
        EventKind.DRAFT_OPENED,
        actor=applicant_id,
        actor_kind=ActorKind.APPLICANT,
        script=catalogue.version,
        product=catalogue.product.id,
    )
    for step, wait in UNTOUCHED.items():
        await uow.make_due(step, application.id, at=now() + wait, announce=False)
    return application


async def resume_or_open(uow: UnitOfWork, applicant_id: UUID, product: str | None = None) -> Application:
    """The person's newest application, or a draft for `product` when they have none; two taps at once open one."""
    applicant = await uow.session.get(Applicant, applicant_id, with_for_update={"key_share": True})
    if applicant is None or applicant.is_erased:
        raise NotFound
    application = await find_latest_application(uow, applicant_id)
    if application is None:
        return await open_draft(uow, applicant_id, product)
    if application.state is ApplicationState.DRAFT:
        await uow.append(application.id, EventKind.DRAFT_RESUMED, actor=applicant_id, actor_kind=ActorKind.APPLICANT)
    return application


async def open_another(uow: UnitOfWork, applicant_id: UUID, product: str | None = None) -> Application:
    """A new draft after an earlier application came to its end; while one is still open, that one."""
    application = await resume_or_open(uow, applicant_id, product)
    if application.state in (ApplicationState.DECLINED, ApplicationState.DISBURSED):
        return await open_draft(uow, applicant_id, product)
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
    is_spent(key, None, action, body)
    written = await uow.session.execute(claim(application_id, key, action, body).returning(col(RequestKey.key)))
    if written.one_or_none() is not None:
        return True
    earlier = await uow.session.get_one(RequestKey, (application_id, key))
    return not is_spent(key, earlier.body_hash, action, body)


def is_spent(key: str, spent_on: bytes | None, action: str, body: str) -> bool:
    """Whether the very same was already done; raises KeyReused when the body changed, or for what can't be a key."""
    if not 0 < len(key) <= _MAX_KEY or spent_on not in (None, body_hash(action, body)):
        raise KeyReused
    return spent_on is not None


def claim(application_id: UUID, key: str, action: str, body: str) -> Insert:
    """Spends a key that `is_spent` has passed under the application's lock."""
    return (
        upsert(RequestKey)
        .values(application_id=application_id, key=key, body_hash=body_hash(action, body), created_at=now())
        .on_conflict_do_nothing()
    )


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
