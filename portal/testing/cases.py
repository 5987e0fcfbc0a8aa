"""A whole application for tests: answers, consents, documents as a reader would have read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx

from portal.accounts.sessions import StaffIdentity, open_session
from portal.applications.queries import AnswerValue, get_application
from portal.applications.service import NOT_PUBLIC, store_answer, store_identity
from portal.db.models import Application, Consent, ConsentKind, Document, Role, Staff
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.documents.files import FileStore
from portal.documents.service import ReadField, ReadingRecord, record_reading
from portal.domain.application import ApplicationState
from portal.domain.clock import now, today
from portal.domain.events import ActorKind, EventKind
from portal.domain.workflow import Step
from portal.intake.consents import VALIDITY, VERSION, consent_texts
from portal.settings import Settings
from portal.testing.factories import make_draft
from portal.web.auth import cookie_name, csrf_token

NAME = "林安然"
ID_NUMBER = "330100199005120240"
BOX = (10, 10, 200, 60)

ANSWERS: Mapping[str, AnswerValue] = {
    "amount": 5_000_000,
    "term": 24,
    "purpose": "renovation",
    "name": NAME,
    "id_number": ID_NUMBER,
    "marital_status": "single",
    "education": "bachelor",
    "employment": "employed",
    "employer": "杭州云岭软件有限公司",
    "monthly_income": 1_500_000,
    "housing_cost": 200_000,
    "other_debt": 0,
    "bank_card": "6200000000000013",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What to vary: answers by slot (None: not answered), readings by slot (None: nothing sent)."""

    answers: Mapping[str, AnswerValue | None] = field(default_factory=dict)
    readings: Mapping[str, ReadingRecord | None] = field(default_factory=dict)
    consents: tuple[ConsentKind, ...] = tuple(ConsentKind)
    ip_index: bytes | None = NOT_PUBLIC
    mobile: str | None = None


def check(name: str, passed: bool = True, severity: str = "error") -> dict[str, Any]:
    """A reader's check."""
    return {"id": name, "passed": passed, "severity": severity, "zh": name, "en": name}


def fields(confidence: float = 0.98, /, **values: str) -> dict[str, ReadField]:
    """Fields read with one confidence."""
    return {name: ReadField(value, confidence, 0, BOX) for name, value in values.items()}


def read_front(name: str = NAME, id_number: str = ID_NUMBER, confidence: float = 0.98) -> ReadingRecord:
    """The card's side with the portrait."""
    read = fields(confidence, name=name, id_number=id_number, sex="F", birth_date="1990-05-12")
    return ReadingRecord("id_card_front", "ok", read, (check("id_checksum"), check("id_birth_date")), 1, 300)


def read_back(valid_to: str = "2041-06-08", confidence: float = 0.98) -> ReadingRecord:
    """The card's side with the emblem."""
    read = fields(confidence, authority="杭州市公安局西湖分局", valid_from="2021-06-08", valid_to=valid_to)
    return ReadingRecord("id_card_back", "ok", read, (check("id_not_expired"),), 1, 300)


def read_payslip(name: str = NAME, net_pay: int = 1_480_000, **changes: Any) -> ReadingRecord:
    """Proof of income; `changes` replace fields of the record."""
    employer = str(ANSWERS["employer"])
    read = fields(name=name, employer=employer, gross_pay="1860000", net_pay=str(net_pay), period="2026-10")
    record = ReadingRecord("payslip", "ok", read, (check("pay_adds_up"), check("recent", severity="warning")), 1, 300)
    return replace(record, **changes)


async def make_submitted(units: UnitsOfWork, case: Case | None = None) -> Application:
    """A submitted application whose verification is due; by default one that everything speaks for."""
    application = await fill_draft(units, case)
    async with units.begin() as uow:
        locked = await get_application(uow, application.id, for_update=True)
        locked.ip_index = (case or Case()).ip_index
        await uow.change_state(locked, ApplicationState.SUBMITTED, submitted_at=now())
        await uow.append(locked.id, EventKind.APPLICATION_SUBMITTED, actor_kind=ActorKind.APPLICANT)
        await uow.make_due(Step.VERIFY_DOCUMENTS, locked.id)
    return locked


async def fill_draft(units: UnitsOfWork, case: Case | None = None) -> Application:
    """A draft with everything answered, read and agreed to."""
    case = case or Case()
    draft = await make_draft(units, mobile=case.mobile)
    readings = {"id_front": read_front(), "id_back": read_back(), "income_proof": read_payslip(), **case.readings}
    async with units.begin() as uow:
        application = await get_application(uow, draft.id, for_update=True)
        for slot, reading in readings.items():
            if reading is not None:
                document = await _add_document(uow, application, slot, reading)
                await store_answer(uow, application, slot, str(document))
        for slot, value in {**ANSWERS, **case.answers}.items():
            if value is not None:
                await store_answer(uow, application, slot, value)
        name, number = (case.answers.get(slot, ANSWERS[slot]) for slot in ("name", "id_number"))
        await store_identity(
            uow,
            application.applicant_id,
            name=None if name is None else str(name),
            id_number=None if number is None else str(number),
        )
        for kind in case.consents:
            uow.session.add(make_consent(application.id, kind))
    return application


def make_consent(application_id: UUID, kind: ConsentKind, **changes: Any) -> Consent:
    """Agreed to just now, to the text of today."""
    lender = str(Settings.model_fields["lender_name"].default)
    text = next(text for text in consent_texts("zh", lender) if text.kind is kind)
    values: dict[str, Any] = {
        "application_id": application_id,
        "kind": kind,
        "text_version": VERSION,
        "text_hash": text.hash,
        "expires_at": now() + VALIDITY[kind] if kind in VALIDITY else None,
    }
    return Consent(**values | changes)


def make_snapshot(
    reasons: Sequence[Mapping[str, str]] = (),
    rules: Sequence[Mapping[str, str]] = (),
    hints: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """What the portal reads of scoring.record.snapshot."""
    tree = {"decision": {"reasons": list(reasons), "rules": list(rules)}, "hints": list(hints)}
    return json.dumps(tree, ensure_ascii=False).encode()


async def _add_document(uow: UnitOfWork, application: Application, slot: str, reading: ReadingRecord) -> UUID:
    document = Document(application_id=application.id, slot=slot, media_type="image/jpeg", size_bytes=1, sha256="")
    document.sha256 = document.id.hex
    uow.session.add(document)
    await uow.session.flush()
    await record_reading(uow, FileStore("memory:///"), document.id, reading, today())
    return document.id


async def make_staff(units: UnitsOfWork, role: Role = Role.OFFICER) -> StaffIdentity:
    """A staff member who never signs in."""
    login = f"{role.value}-{now().timestamp()}"
    staff = Staff(login=login, name="王审批", role=role, password_hash="", totp_secret=b"")
    async with units.begin() as uow:
        uow.session.add(staff)
    return StaffIdentity(staff.id, staff.login, staff.name, role.value)


async def sign_in(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, applicant_id: UUID) -> None:
    """Give the browser a session of this applicant, and every request of it the session's token."""
    async with units.begin() as uow:
        session_id = await open_session(uow, applicant_id=applicant_id)
    client.cookies.set(cookie_name(settings), session_id)
    client.headers["X-CSRF-Token"] = csrf_token(session_id, settings)
