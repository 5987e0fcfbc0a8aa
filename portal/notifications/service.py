"""Writing a notice: in the transaction of the change it tells of, so that neither exists without the other."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.db.models import Applicant, Application, Channel, Notice
from portal.db.uow import UnitOfWork
from portal.db.vault import SYSTEM_PERSON
from portal.domain.workflow import Step
from portal.notifications.catalogue import NOTICES


async def notify(
    uow: UnitOfWork,
    name: str,
    *,
    application: Application,
    channel: Channel = Channel.SMS,
    data: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> Notice:
    """Tell the applicant, in their language, about their application; `data` is JSON for the template.

    A text message goes to their own number. An e-mail needs an `address`: applicants aren't asked for one. Raises
    ValueError for a notice that doesn't exist, lacks data or can't travel on this channel.
    """
    applicant = await uow.session.get_one(Applicant, application.applicant_id)
    if address is None:
        if channel is not Channel.SMS:
            raise ValueError("an e-mail needs an address")
        cipher = await uow.cipher(applicant.id)
        address = cipher.open(f"applicant.mobile.{applicant.id}", applicant.mobile)
    notice = Notice(
        application_id=application.id,
        person_id=applicant.id,
        channel=channel,
        name=name,
        language=applicant.language,
        recipient=b"",
        data=b"",
    )
    await _write(uow, notice, address, {**(data or {}), "reference": application.reference})
    return notice


async def notify_mobile(
    uow: UnitOfWork,
    name: str,
    mobile: str,
    data: Mapping[str, Any],
    expires_at: datetime | None = None,
    language: str = "zh",
) -> Notice:
    """Tell a phone that may belong to nobody we know yet. Not sent by `expires_at`: dropped."""
    notice = Notice(
        person_id=SYSTEM_PERSON,
        channel=Channel.SMS,
        name=name,
        language=language,
        recipient=b"",
        data=b"",
        expires_at=expires_at,
    )
    await _write(uow, notice, mobile, data)
    return notice


async def _write(uow: UnitOfWork, notice: Notice, address: str, data: Mapping[str, Any]) -> None:
    kind = NOTICES.get(notice.name)
    if kind is None or notice.channel not in kind.channels or not kind.data <= data.keys():
        raise ValueError(f"notice {notice.name} by {notice.channel}: unknown, or data is missing")
    cipher = await uow.cipher(notice.person_id)
    notice.recipient = cipher.seal(recipient_place(notice.id), address)
    notice.data = cipher.seal(data_place(notice.id), json.dumps(data, ensure_ascii=False))
    uow.session.add(notice)
    await uow.make_due(Step.SEND_NOTICE, notice.application_id, subject_id=notice.id)


def recipient_place(notice_id: UUID) -> str:
    """Where the address is sealed."""
    return f"notice.recipient.{notice_id}"


def data_place(notice_id: UUID) -> str:
    """Where the template's data is sealed."""
    return f"notice.data.{notice_id}"
