"""What a declined person is told they could do comes true when they do it."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select, update

from portal.applications.queries import AnswerValue
from portal.db.models import Application, Decision, EngineKind, PolicyTerm
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.clock import now
from portal.settings import Settings
from portal.testing.cases import Case, make_submitted, read_front, read_payslip
from portal.underwriting.engine import keep_version
from portal.underwriting.findings import read_hints, snapshot_place
from scoring.counterfactual import hints
from scoring.policy_file import load_policy
from scoring.record import read_inputs
from workers.decide import Decide, Inputs
from workers.replay import Replayer, replay_all
from workers.sandbox.personas import get_persona
from workers.standing import Standing
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

INCOME_FEN = 360_000


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


async def apply(work: Work, amount_fen: int, term_months: int) -> tuple[Application, Decision]:
    """A small income, asked to carry a loan over this time."""
    person = get_persona("approve").person
    answers: dict[str, AnswerValue | None] = {
        "name": person.name,
        "id_number": person.id_number,
        "bank_card": get_persona("approve").bank_card,
    }
    answers |= {"amount": amount_fen, "term": term_months, "monthly_income": INCOME_FEN}
    answers |= {"housing_cost": 50_000, "other_debt": 0}
    readings = {
        "id_front": read_front(person.name, person.id_number),
        "income_proof": read_payslip(person.name, INCOME_FEN),
    }
    application = await make_submitted(work.units, Case(answers=answers, readings=readings))
    await drain(work, PROCEDURES)
    async with work.units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return application, (await uow.session.exec(statement)).one()


async def test_a_hint_followed_is_an_approval(work: Work) -> None:
    application, decision = await apply(work, 500_000, 6)
    assert decision.lane.value == "decline"
    async with work.units.begin() as uow:
        told = {hint["code"]: hint for hint in await read_hints(uow, application, decision)}
        (replayed,) = await replay_all(uow, application.reference, Replayer())
    assert (replayed.problem, replayed.differences) == ("", ())
    assert "5,000 元、12 个月" in told["another_loan"]["zh"]
    assert "5,000 yuan over 12 months" in told["another_loan"]["en"]
    _, again = await apply(work, 500_000, 12)
    assert again.lane.value == "approve"


async def test_every_hint_of_a_record_is_approved_by_the_step(work: Work) -> None:
    application, decision = await apply(work, 500_000, 6)
    async with work.units.begin() as uow:
        cipher = await uow.cipher(application.applicant_id)
        assert decision.snapshot is not None
        stored = cipher.open_bytes(snapshot_place(decision.id), decision.snapshot)
    policy = load_policy()
    found = hints(read_inputs(stored), work.model, policy)
    assert [hint.code for hint in found] == [hint["code"] for hint in json.loads(stored)["hints"]]
    for hint in found:
        result = await Decide().perform(work, Inputs(hint.applied, Standing(work.model), policy))
        assert result is not None
        assert result.record.lane.value == "approve"


async def test_a_hint_of_another_policy_is_not_told(work: Work) -> None:
    application, decision = await apply(work, 500_000, 6)
    async with work.units.begin() as uow:
        await keep_version(uow, EngineKind.POLICY, "standard-0+0", b"")
        await uow.session.exec(update(PolicyTerm).values(ended_at=now()))
        uow.session.add(PolicyTerm(version="standard-0+0"))
        await uow.session.flush()
        assert await read_hints(uow, application, decision) == ()
