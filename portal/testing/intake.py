"""Walking through the conversation without a browser: documents given and read, every question answered."""

from collections.abc import Mapping
from datetime import date
from uuid import uuid4

from portal.applications.queries import get_owned_application
from portal.db.models import Application, ConsentKind
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.documents.files import FileStore
from portal.documents.service import ReadField, ReadingRecord, record_reading, upload
from portal.domain.clock import today
from portal.domain.identity import check_digit
from portal.intake import service
from portal.intake.consents import consent_texts
from portal.intake.forms import AnswerForm
from portal.intake.state import read_intake
from portal.script.catalogue import scripts
from portal.script.question import DOCUMENT_SLOTS

QUESTIONS = tuple(one for one in scripts().open().questions if one.follow is None and one.slot != "product")
"""What is asked of somebody employed who applies for the usual product, in order."""

LENDER = "示例消费金融有限公司"
NAME = "陈晓明"
CARD = "6222020200112230"


def id_number(born: date = date(1990, 3, 7)) -> str:
    """A number whose checksum holds."""
    first = f"110105{born:%Y%m%d}721"
    return first + check_digit(first)


ANSWERS: Mapping[str, str] = {
    "amount": "5万",
    "term": "12",
    "purpose": "renovation",
    "name": NAME,
    "id_number": id_number(),
    "marital_status": "married",
    "education": "college",
    "employment": "employed",
    "employer": "远大商贸有限公司",
    "monthly_income": "12000",
    "housing_cost": "2500",
    "other_debt": "0",
    "bank_card": CARD,
}

READ: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "id_front": {},
    "id_back": {"valid_to": ("2041-06-08", 0.98)},
    "income_proof": {"net_pay": ("1200000", 0.98)},
}
"""As much as leaves nothing to ask again."""

KINDS = {"id_front": "id_card_front", "id_back": "id_card_back", "income_proof": "payslip", "income_extra": "payslip"}


async def give_document(
    units: UnitsOfWork,
    files: FileStore,
    draft: Application,
    slot: str,
    fields: Mapping[str, tuple[str, float]] | None = None,
    *,
    quality: str = "ok",
) -> None:
    """Upload a photograph; with `fields` (name → value, confidence) or a bad `quality` it is read as well."""
    async with units.begin() as uow:
        application = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        document = await upload(uow, files, application, slot, uuid4().bytes, "image/jpeg")
    if fields is None and quality == "ok":
        return
    read = {name: ReadField(value, sure, 0, (0, 0, 10, 10)) for name, (value, sure) in (fields or {}).items()}
    async with units.begin() as uow:
        await record_reading(uow, files, document.id, ReadingRecord(KINDS[slot], quality, read), today())


def form(text: str = "", *, key: str | None = None, editing: bool = False, consents: bool = False) -> AnswerForm:
    """One answer as the chat sends it; `consents` ticks all four in Chinese."""
    shown = {text.kind: text.hash for text in consent_texts("zh", LENDER)} if consents else {}
    return AnswerForm(key or uuid4().hex, text, editing, shown)


async def answer(units: UnitsOfWork, draft: Application, slot: str, sent: AnswerForm) -> bool:
    """Answer one question in a unit of its own."""
    async with units.begin() as uow:
        application = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        taken, _ = await service.answer(uow, await read_intake(uow, application, sent.key), slot, sent, LENDER)
        return taken


async def answer_until(units: UnitsOfWork, files: FileStore, draft: Application, stop: str | None = None) -> None:
    """Answer everything in order, up to the slot `stop`, which is left open."""
    for slot in (question.slot for question in QUESTIONS):
        if slot == stop:
            return
        if slot in DOCUMENT_SLOTS:
            await give_document(units, files, draft, slot, READ[slot])
        else:
            await answer(units, draft, slot, form(ANSWERS.get(slot, ""), consents=slot == "consents"))


async def read_application(uow: UnitOfWork, draft: Application) -> Application:
    """The row as it is now."""
    return await get_owned_application(uow, draft.reference, draft.applicant_id)


ALL_KINDS = frozenset(ConsentKind)
