"""A worker's surroundings for tests of single steps: the real sandbox bureau, model and policy; reading on order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlmodel import col, select

from portal.db.models import Application, Event, StepRun
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.settings import Settings
from portal.testing.cases import Case, make_submitted, read_front, read_payslip
from scoring.model import CHAMPION, Model, load
from workers.bureau.client import connect_bureau
from workers.consult_bureau import ConsultBureau
from workers.decide import Decide
from workers.job import Done, Procedure, StepProcedure
from workers.ocr.reader import DocumentReader
from workers.ocr.reading import KindName, Reading
from workers.payout.client import CoreBanking
from workers.read_document import ReadDocument
from workers.sandbox.personas import Persona
from workers.score import ScoreApplication
from workers.screen_fraud import ScreenFraud
from workers.verify_documents import VerifyDocuments
from workers.work import Work


class Later(Procedure):
    """A step that these tests are not about."""

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: None, result: None) -> Done:
        return Done(stop=True)


PROCEDURES: dict[Step, StepProcedure] = {step: Later() for step in Step} | {
    Step.READ_DOCUMENT: ReadDocument(),
    Step.VERIFY_DOCUMENTS: VerifyDocuments(),
    Step.CONSULT_BUREAU: ConsultBureau(),
    Step.SCREEN_FRAUD: ScreenFraud(),
    Step.SCORE: ScoreApplication(),
    Step.DECIDE: Decide(),
}


@dataclass
class OrderedReader:
    """Answers what the test ordered, or raises it; remembers what it was given."""

    answers: list[Reading | Exception]
    given: list[bytes] = field(default_factory=list)

    async def read(self, data: bytes, expected: KindName | None = None) -> Reading:
        self.given.append(data)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@cache
def champion() -> Model:
    return load(CHAMPION)


@asynccontextmanager
async def open_steps(
    settings: Settings,
    units: UnitsOfWork,
    files: FileStore,
    *,
    bureau_url: str = "http://127.0.0.1:9/bureau",
    reader: OrderedReader | DocumentReader | None = None,
) -> AsyncIterator[Work]:
    """What the tested steps touch; nothing of theirs goes to core banking."""
    line, bureau = connect_bureau(bureau_url, "test")
    async with line:
        yield Work(
            settings=settings,
            units=units,
            files=files,
            bureau=bureau,
            bank=cast(CoreBanking, None),
            model=champion(),
            reader=cast(DocumentReader | None, reader),
        )


async def run_of(units: UnitsOfWork, application_id: UUID, step: Step) -> StepRun:
    async with units.begin() as uow:
        statement = select(StepRun).where(col(StepRun.application_id) == application_id, col(StepRun.step) == step)
        return (await uow.session.exec(statement)).one()


async def events_of(units: UnitsOfWork, application_id: UUID, kind: EventKind) -> list[dict[str, Any]]:
    async with units.begin() as uow:
        statement = (
            select(Event.data)
            .where(col(Event.application_id) == application_id, col(Event.kind) == kind)
            .order_by(col(Event.seq))
        )
        return [dict(data) for data in await uow.session.exec(statement)]


async def reload(units: UnitsOfWork, application: Application) -> Application:
    async with units.begin() as uow:
        return await uow.session.get_one(Application, application.id)


async def submit(units: UnitsOfWork, persona: Persona, **case: object) -> Application:
    """What this persona would submit."""
    person = persona.person
    answers = {
        "name": person.name,
        "id_number": person.id_number,
        "bank_card": persona.bank_card,
        "amount": persona.amount_fen,
        "term": persona.term_months,
        "monthly_income": person.monthly_income_fen,
        "housing_cost": persona.housing_fen,
        "other_debt": persona.other_debt_fen,
    }
    readings = {
        "id_front": read_front(person.name, person.id_number),
        "income_proof": read_payslip(person.name, person.monthly_income_fen * 8 // 10),
    }
    return await make_submitted(units, Case(answers=answers, readings=readings, **case))  # type: ignore[arg-type]
