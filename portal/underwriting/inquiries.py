"""The query of the credit bureau: an authorisation used up, the intent written before asking, the report sealed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.applications.queries import get_application, read_answers
from portal.db.models import Application, BureauInquiry, Consent, ConsentKind, InquiryState
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.intake.consents import known_texts
from portal.underwriting.queries import find_inquiry, list_authorisations, report_place


@dataclass(frozen=True, slots=True)
class InquiryOrder:
    """One query of the bureau as it has to be made: its id is the idempotency key, the rest proves the right to ask.

    `answered`: the report is here already, nothing is to be asked."""

    id: UUID
    name: str
    id_number: str
    consent_id: UUID
    text_hash: str
    signed_at: datetime
    expires_at: datetime
    answered: bool


async def order_inquiry(uow: UnitOfWork, application: Application, lender: str) -> InquiryOrder | None:
    """Consume one authorisation and write the intent to ask, in one transaction; None when nothing authorises a query.

    A retry gets the intent it wrote before. 征信业管理条例 18: the authorisation must be for this application, within
    its time, not withdrawn, and for exactly a text of ours; a query uses it up.
    """
    consents = await list_authorisations(uow, application.id, ConsentKind.CREDIT_INQUIRY)
    inquiry = await find_inquiry(uow, application.id)
    if inquiry is not None:
        used = next((consent for consent in consents if consent.id == inquiry.consent_id), None)
        if used is None or (inquiry.state is InquiryState.INTENDED and not _holds(used, lender)):
            return None
        return await _order(uow, application, inquiry, used)
    consent = next((one for one in consents if one.consumed_at is None and _holds(one, lender)), None)
    if consent is None:
        return None
    inquiry = BureauInquiry(application_id=application.id, consent_id=consent.id)
    consent.consumed_at = inquiry.requested_at
    uow.session.add(inquiry)
    await uow.session.flush()
    return await _order(uow, application, inquiry, consent)


def _holds(consent: Consent, lender: str) -> bool:
    """An authorisation without an end is none: the text states its 30 days."""
    if consent.withdrawn_at is not None or consent.expires_at is None or consent.expires_at <= now():
        return False
    text = known_texts(lender).get(consent.text_hash)
    return text is not None and text.kind is consent.kind


async def _order(
    uow: UnitOfWork, application: Application, inquiry: BureauInquiry, consent: Consent
) -> InquiryOrder | None:
    answers = await read_answers(uow, application)
    name, number = answers.get("name"), answers.get("id_number")
    if name is None or number is None or consent.expires_at is None:
        return None
    return InquiryOrder(
        id=inquiry.id,
        name=str(name),
        id_number=str(number),
        consent_id=consent.id,
        text_hash=consent.text_hash,
        signed_at=consent.granted_at,
        expires_at=consent.expires_at,
        answered=inquiry.state is InquiryState.ANSWERED,
    )


async def record_bureau_report(uow: UnitOfWork, inquiry_id: UUID, report: Mapping[str, Any]) -> None:
    """Keep the report sealed; a report that is here already stays."""
    inquiry = await uow.session.get_one(BureauInquiry, inquiry_id, with_for_update=True, populate_existing=True)
    if inquiry.state is InquiryState.ANSWERED:
        return
    application = await get_application(uow, inquiry.application_id)
    cipher = await uow.cipher(application.applicant_id)
    inquiry.report = cipher.seal(report_place(inquiry.id), json.dumps(report, ensure_ascii=False))
    inquiry.state, inquiry.found, inquiry.answered_at = InquiryState.ANSWERED, bool(report["found"]), now()
    await uow.append(
        inquiry.application_id,
        EventKind.BUREAU_REPORT_RECEIVED,
        inquiry=str(inquiry.id),
        found=inquiry.found,
        ms=round((inquiry.answered_at - inquiry.requested_at).total_seconds() * 1000),
    )
