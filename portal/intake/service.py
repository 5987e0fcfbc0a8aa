"""Answering, consenting and submitting."""

from dataclasses import replace
from uuid import UUID

from portal.applications.queries import get_owned_application
from portal.applications.service import claim, claim_request, enter_answer, is_spent, record_origin, store_identity
from portal.db.models import AnswerSource, Application, Consent, ConsentKind, Provenance
from portal.db.together import Write, write_together
from portal.db.uow import UnitOfWork
from portal.documents.files import FileStore
from portal.documents.service import discard_set_aside, record_field_answer
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_
from portal.domain.workflow import Step
from portal.intake.consents import VALIDITY, VERSION, ConsentText, known_texts
from portal.intake.forms import AnswerForm
from portal.intake.said import close, pending
from portal.intake.state import Intake, read_intake
from portal.notifications.service import notify
from portal.script.question import Question

CONSENTS = "consents"

_MISSING = {
    ConsentKind.PRIVACY: N_("《个人信息处理同意书》还没有勾选，没有它我们不能继续办理。"),
    ConsentKind.SENSITIVE_ID: N_("身份证件的《单独同意书》还没有勾选，没有它我们不能核实身份。"),
    ConsentKind.BANK_CARD: N_("银行账户的《单独同意书》还没有勾选，没有它我们不能放款。"),
    ConsentKind.CREDIT_INQUIRY: N_("《征信授权书》还没有勾选，没有它我们不能查询征信和审核。"),
}

NOT_LOOKED = N_("这一项没有读清楚。请对照照片核对，再勾选“我已对照照片核对”。")


class Incomplete(Conflict):
    """Something is still missing; the chat asks for it."""

    public = N_("还有内容没有填完，请先补充完整再提交。")


class Changed(Conflict):
    """The answers are not those that were checked."""

    public = N_("您的回答在核对之后有更新，请再核对一遍后提交。")


async def answer(uow: UnitOfWork, intake: Intake, slot: str, form: AnswerForm, lender: str) -> tuple[bool, Intake]:
    """Store one answer of a locked draft, read with the form's key; where it stands then. False when the form was
    stale and nothing was touched.

    A stale form, from an old tab or page, answers what is answered already or is not asked of this person. Sending the
    same form twice, or what is stored already, is no mistake. Raises Invalid with the sentence, KeyReused, NotFound;
    nothing is written before, so that a refused form keeps its key for the corrected one.
    """
    question = intake.catalogue.find(slot)
    if question is None:
        raise NotFound
    application, action = intake.application, f"answer:{slot}"
    if is_spent(form.key, intake.spent_on, action, form.body):
        return True, intake
    key = claim(application.id, form.key, action, form.body)
    # Not only the current one: a photograph refused meanwhile must not cost the answer to what was on the screen.
    asked = question in intake.questions and (form.editing or not intake.is_answered(question))
    if not asked:
        await write_together(uow.session, key)
        return _is_stored(intake, question, form), intake
    if question.widget == CONSENTS:
        after = await _grant(uow, intake, form, lender, key)
    else:
        after = await store_typed(uow, intake, question, form, key)
    if pending(intake.said) is not None:
        await close(uow, application)
        after = await read_intake(uow, application)
    return True, after


def _is_stored(intake: Intake, question: Question, form: AnswerForm) -> bool:
    stored = intake.answers.get(question.slot)
    try:
        return stored is not None and stored.value == question.parse(form.text)
    except Invalid:
        return False


async def store_typed(uow: UnitOfWork, intake: Intake, question: Question, form: AnswerForm, *along: Write) -> Intake:
    """Keep an answer of a draft, and what it says about the reading that was proposed; where it stands then. Raises
    Invalid before anything is written."""
    value = question.parse(form.text)
    source = AnswerSource.TYPED
    proposal = intake.proposal(question)
    if proposal is not None:
        same = proposal.answer == value
        if same and proposal.level != "high" and form.proposed and not form.looked:
            raise Invalid({"looked": NOT_LOOKED})
        source = AnswerSource.READ_CONFIRMED if same else AnswerSource.READ_CORRECTED
    application = intake.application
    entry = await enter_answer(uow, application, intake.book, question.slot, value, source, along=along)
    if question.slot in ("name", "id_number"):
        await store_identity(uow, application.applicant_id, **{question.slot: str(value)})
    if proposal is not None and question.reading is not None:
        if source is AnswerSource.READ_CONFIRMED:
            await record_field_answer(uow, proposal.document.id, proposal.field, Provenance.CONFIRMED)
        elif question.reading.printed:
            await record_field_answer(uow, proposal.document.id, proposal.field, Provenance.CORRECTED, str(value))
    if proposal is not None or entry.book is None:
        return await read_intake(uow, application)
    return replace(intake, answers=entry.book.answers, aside=entry.book.aside)


async def _grant(uow: UnitOfWork, intake: Intake, form: AnswerForm, lender: str, key: Write) -> Intake:
    texts = known_texts(lender)
    agreed: dict[ConsentKind, ConsentText] = {}
    for kind, shown in form.consents.items():
        text = texts.get(shown)
        if text is None or text.kind is not kind:
            raise Invalid(public=N_("授权文件有更新，请重新阅读后再勾选。"))
        agreed[kind] = text
    missing = [kind for kind in ConsentKind if kind not in agreed and kind not in intake.granted]
    if missing:
        raise Invalid({f"consent_{kind.value}": _MISSING[kind] for kind in missing})
    application = intake.application
    for kind, text in agreed.items():
        if kind in intake.granted:
            continue
        consent = Consent(
            application_id=application.id,
            kind=kind,
            text_version=VERSION,
            text_hash=text.hash,
            language=text.language,
            expires_at=now() + VALIDITY[kind] if kind in VALIDITY else None,
        )
        uow.session.add(consent)
        await uow.append(
            application.id,
            EventKind.CONSENT_GRANTED,
            actor=application.applicant_id,
            actor_kind=ActorKind.APPLICANT,
            consent=kind.value,
            version=VERSION,
            text_hash=text.hash,
        )
    agreed_to = [kind.value for kind in ConsentKind]
    await enter_answer(uow, application, intake.book, CONSENTS, agreed_to, AnswerSource.TYPED, along=(key,))
    return await read_intake(uow, application)


async def submit(
    uow: UnitOfWork, files: FileStore, reference: str, applicant_id: UUID, key: str, digest: str, ip: str = ""
) -> Application:
    """Hand the application in, once, however often it is sent. `digest` stands for what the check page showed, `ip`
    is where it came from: without it the fraud screen lacks a check, and the case goes to a person.

    Raises Incomplete or Changed (look again), KeyReused, NotFound.
    """
    application = await get_owned_application(uow, reference, applicant_id, for_update=True)
    async with uow.session.begin_nested():
        first = await claim_request(uow, application.id, key, "submit", digest)
        if not first or application.state is not ApplicationState.DRAFT:
            return application
        intake = await read_intake(uow, application)
        if intake.current is not None or intake.ineligibility is not None:
            raise Incomplete
        if intake.digest(uow) != digest:
            raise Changed
    record_origin(uow, application, ip)
    await discard_set_aside(uow, files, application)
    await uow.change_state(application, ApplicationState.SUBMITTED, submitted_at=now())
    await uow.append(
        application.id, EventKind.APPLICATION_SUBMITTED, actor=applicant_id, actor_kind=ActorKind.APPLICANT
    )
    await uow.make_due(Step.VERIFY_DOCUMENTS, application.id)
    await uow.make_due(Step.DRAW_ANSWERS, application.id)
    await notify(uow, "application_received", application=application)
    return application
