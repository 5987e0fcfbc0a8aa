"""After submission: set what was answered as a PDF, for the applicant to keep."""

from portal.applications.queries import get_application, read_applicant
from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.documents.files import answers_key, put_sealed
from portal.domain.money import format_yuan
from portal.intake.shown import by_section, show
from portal.intake.state import Intake, read_intake
from portal.script.question import Question
from workers.job import Done, Procedure
from workers.signing.contract import AnswerSection, AnswerSheet, draw_answers
from workers.work import Work


class DrawAnswers(Procedure):
    """Answers → sealed PDF. Numbers of people and cards are masked: such a sheet is mailed and printed."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> AnswerSheet:
        """As they were submitted: nothing changes afterwards."""
        assert run.application_id is not None  # noqa: S101 - submission makes it due
        application = await get_application(uow, run.application_id)
        intake = await read_intake(uow, application)
        person = await read_applicant(uow, application)
        return AnswerSheet(
            issuer=work.settings.lender_name,
            application_reference=application.reference,
            applicant=person.name or "",
            submitted_at=application.submitted_at or application.updated_at,
            sections=tuple(
                AnswerSection(str(section.title), tuple(_row(intake, one) for one in answered))
                for section, answered in by_section(intake)
            ),
            sandbox=work.settings.environment == "development",
        )

    async def perform(self, work: Work, inputs: AnswerSheet) -> bytes:
        """Typesetting is CPU work."""
        return await work.cpu(draw_answers, inputs, work.settings.fonts)

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: AnswerSheet, result: bytes) -> Done:
        """Equal answers give equal bytes, so doing it twice is harmless."""
        assert run.application_id is not None  # noqa: S101 - as above
        application = await get_application(uow, run.application_id)
        await put_sealed(uow, work.files, application.applicant_id, answers_key(application.id), result)
        return Done()


def _row(intake: Intake, question: Question) -> tuple[str, str]:
    shown = show(intake, question)
    return str(question.label), str(format_yuan(int(shown.value)) if shown.kind == "money" else shown.value)


STEP = DrawAnswers
