"""What the database refuses by itself, whoever writes: raw SQL can take no shortcut to a loan."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from portal.applications.queries import read_answers, read_applicant
from portal.db.models import Application, Consent, ConsentKind
from portal.db.uow import UnitsOfWork
from portal.db.vault import Unsealable
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.testing.cases import fill_draft, make_consent
from portal.testing.factories import make_draft

INQUIRE = text(
    "insert into bureau_inquiry (id, application_id, consent_id, state, requested_at)"
    " values (gen_random_uuid(), :application, :consent, 'intended', now())"
)


async def keep(units: UnitsOfWork, consent: Consent) -> UUID:
    async with units.begin() as uow:
        uow.session.add(consent)
    return consent.id


async def execute(units: UnitsOfWork, statement: TextClause, **values: Any) -> None:
    async with units.begin() as uow:
        await uow.session.execute(statement, values)


@pytest.mark.parametrize("state", [state for state in ApplicationState if state is not ApplicationState.DRAFT])
async def test_an_application_begins_as_a_draft(units: UnitsOfWork, state: ApplicationState) -> None:
    draft = await make_draft(units)
    with pytest.raises(DBAPIError, match="illegal transition"):
        async with units.begin() as uow:
            uow.session.add(
                Application(reference="XD2", applicant_id=draft.applicant_id, script_version="1", state=state)
            )


@pytest.mark.parametrize(
    ("kind", "flaw"),
    [
        (ConsentKind.PRIVACY, {}),
        (ConsentKind.CREDIT_INQUIRY, {"withdrawn_at": now()}),
        (ConsentKind.CREDIT_INQUIRY, {"expires_at": now() - timedelta(seconds=1)}),
    ],
)
async def test_no_inquiry_without_a_living_authorisation(
    units: UnitsOfWork, kind: ConsentKind, flaw: dict[str, Any]
) -> None:
    draft = await make_draft(units)
    flawed = await keep(units, make_consent(draft.id, kind, **flaw))
    for consent in (flawed, uuid4()):
        with pytest.raises(DBAPIError, match="no authorisation"):
            await execute(units, INQUIRE, application=draft.id, consent=consent)


async def test_an_authorisation_is_for_one_inquiry_of_its_own_application(units: UnitsOfWork) -> None:
    mine, other = await make_draft(units), await make_draft(units)
    consent = await keep(units, make_consent(mine.id, ConsentKind.CREDIT_INQUIRY))
    theirs = await keep(units, make_consent(other.id, ConsentKind.CREDIT_INQUIRY))
    with pytest.raises(DBAPIError, match="no authorisation"):
        await execute(units, INQUIRE, application=other.id, consent=consent)
    await execute(units, INQUIRE, application=mine.id, consent=consent)
    with pytest.raises(DBAPIError, match="unique"):
        await execute(units, INQUIRE, application=mine.id, consent=consent)
    for change, value in (("set consent_id = :value", theirs), ("set application_id = :value", other.id)):
        with pytest.raises(DBAPIError, match="no authorisation"):
            await execute(units, text("update bureau_inquiry " + change), value=value)


async def test_decisions_are_not_emptied(units: UnitsOfWork) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(units, text("truncate decision cascade"))


@pytest.mark.parametrize(("source", "from_slot"), [("other", "bank_card"), ("mine", "id_number"), ("mine", "employer")])
async def test_an_answer_moved_to_another_row_does_not_open(units: UnitsOfWork, source: str, from_slot: str) -> None:
    """Neither another person's card number nor one answer of theirs in place of another."""
    rows = {"mine": await fill_draft(units), "other": await fill_draft(units)}
    move = text(
        "update answer set value = (select value from answer where application_id = :source and slot = :slot)"
        " where application_id = :mine and slot = 'bank_card'"
    )
    await execute(units, move, source=rows[source].id, slot=from_slot, mine=rows["mine"].id)
    async with units.begin() as uow:
        with pytest.raises(Unsealable):
            await read_answers(uow, rows["mine"])


async def test_a_number_moved_to_another_person_does_not_open(units: UnitsOfWork) -> None:
    mine, other = await fill_draft(units), await fill_draft(units)
    move = text("update applicant set mobile = (select mobile from applicant where id = :other) where id = :mine")
    await execute(units, move, other=other.applicant_id, mine=mine.applicant_id)
    async with units.begin() as uow:
        with pytest.raises(Unsealable):
            await read_applicant(uow, mine)
