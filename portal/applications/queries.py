"""Reading applications and what was answered in them. Ownership is in the query: what isn't theirs is not found."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, select

from portal.db.models import Answer, AnswerSource, Applicant, Application
from portal.db.together import Query, Rows
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher
from portal.domain.application import ApplicationState
from portal.domain.errors import NotFound
from portal.script.catalogue import Catalogue, scripts
from portal.script.settling import Aside, Mark
from portal.script.validators import AnswerValue

__all__ = ["AnswerValue"]

ANSWERS: Query = select(Answer).where(col(Answer.application_id) == bindparam("application_id"))
"""Every answer, for `open_answers`."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One opened answer."""

    value: AnswerValue
    source: AnswerSource
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class ApplicantIdentity:
    """Who applies, in clear; name and number are None until they were confirmed."""

    name: str | None
    id_number: str | None
    mobile: str


async def get_application(uow: UnitOfWork, application_id: UUID, *, for_update: bool = False) -> Application:
    """The application, whoever's it is: for workers and staff. Raises NotFound."""
    return await _one(uow, col(Application.id) == application_id, for_update=for_update)


async def get_owned_application(
    uow: UnitOfWork, reference: str, applicant_id: UUID, *, for_update: bool = False
) -> Application:
    """The applicant's own application; raises NotFound for anybody else's."""
    owned = (col(Application.reference) == reference) & (col(Application.applicant_id) == applicant_id)
    return await _one(uow, owned, for_update=for_update)


async def _one(uow: UnitOfWork, condition: Any, *, for_update: bool) -> Application:
    statement = select(Application).where(condition)
    if for_update:
        # A row that was read before the lock may have changed while we waited for it. The lock leaves the key alone:
        # FOR UPDATE would wait for every new event's foreign key, and each event holds the chain's head meanwhile.
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    application = (await uow.session.exec(statement)).one_or_none()
    if application is None:
        raise NotFound
    return application


async def find_latest_application(uow: UnitOfWork, applicant_id: UUID) -> Application | None:
    """The person's newest application that they have not withdrawn."""
    statement = (
        select(Application)
        .where(col(Application.applicant_id) == applicant_id, col(Application.state) != ApplicationState.WITHDRAWN)
        .order_by(col(Application.created_at).desc())
        .limit(1)
    )
    return (await uow.session.exec(statement)).one_or_none()


async def list_answers(uow: UnitOfWork, application: Application) -> dict[str, AnswerView]:
    """Every answer that counts by slot, opened, with where it came from and when; the product and what it leaves no
    choice about included."""
    return (await list_all_answers(uow, application))[0]


async def list_all_answers(uow: UnitOfWork, application: Application) -> tuple[dict[str, AnswerView], dict[str, Aside]]:
    """Those that count (`list_answers`), and those set aside."""
    rows, *_ = await uow.read_case(application, ANSWERS)
    return open_answers(await uow.cipher(application.applicant_id), application, rows)


def open_answers(
    cipher: PersonCipher, application: Application, rows: Rows
) -> tuple[dict[str, AnswerView], dict[str, Aside]]:
    """Those that count, and those set aside."""
    counting = implied(application)
    aside: dict[str, Aside] = {}
    for row in rows:
        value = json.loads(cipher.open(answer_place(application.id, row.slot), row.value))
        if row.set_aside is None:
            counting[row.slot] = AnswerView(value, row.source, row.answered_at)
        else:
            aside[row.slot] = Aside(value, row.set_aside)
    return counting, aside


def implied(application: Application) -> dict[str, AnswerView]:
    """The product, and what it leaves no choice about."""
    known: dict[str, AnswerValue] = {"product": application.product, **catalogue_of(application).fixed}
    return {slot: AnswerView(value, AnswerSource.IMPLIED, application.created_at) for slot, value in known.items()}


def mark_of(uow: UnitOfWork, application: Application) -> Mark:
    """Blind, because what an answer depended on is personal data as well."""

    def mark(circumstances: str) -> bytes:
        return uow.keys.blind_index("circumstances", f"{application.id}\n{circumstances}")

    return mark


def catalogue_of(application: Application) -> Catalogue:
    """What is asked in this application: the product's questions in the version it began with."""
    return scripts().of(application.script_version, application.product)


def choice_label(application: Application, slot: str, value: AnswerValue | None) -> str:
    """A chosen answer in words, a message id; empty when it is none of the choices."""
    question = catalogue_of(application).find(slot)
    choices = question.choices if question else ()
    return next((choice.label for choice in choices if choice.value == str(value)), "")


async def read_answers(uow: UnitOfWork, application: Application) -> dict[str, AnswerValue]:
    """Every answer's value by slot."""
    return {slot: answer.value for slot, answer in (await list_answers(uow, application)).items()}


async def read_applicant(uow: UnitOfWork, application: Application) -> ApplicantIdentity:
    """Who applies, opened: as answered in this very application.

    The applicant's row, which is searched, says what was typed last from that phone, perhaps for another application:
    a contract and a payout must not follow it.
    """
    applicant = await uow.session.get_one(Applicant, application.applicant_id)
    cipher = await uow.cipher(applicant.id)
    own = select(Answer).where(
        col(Answer.application_id) == application.id,
        col(Answer.slot).in_(("name", "id_number")),
        col(Answer.set_aside).is_(None),
    )
    answers = {
        row.slot: str(json.loads(cipher.open(answer_place(application.id, row.slot), row.value)))
        for row in await uow.session.exec(own)
    }
    return ApplicantIdentity(
        name=answers.get("name"),
        id_number=answers.get("id_number"),
        mobile=cipher.open(f"applicant.mobile.{applicant.id}", applicant.mobile),
    )


def answer_place(application_id: UUID, slot: str) -> str:
    """Where an answer is sealed."""
    return f"answer.value.{application_id}.{slot}"
