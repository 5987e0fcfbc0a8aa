"""Sending one notice. An outage of the gateway is waited out; a code that has run out by then is dropped.

The message's key is the notice's id, so that a repetition after a fault is the same message.
"""

import json

from portal.db.models import Channel, Notice, NoticeState, StepRun
from portal.db.uow import UnitOfWork
from portal.db.vault import SYSTEM_PERSON, Unsealable
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.notifications.rendering import render_notice
from portal.notifications.senders import Message, SendingRefused, SendingUnavailable, senders_for
from portal.notifications.service import data_place, recipient_place
from workers.job import Done, Park, Procedure, StepFailed
from workers.work import Work

_OUTAGE_SECONDS = 5.0


class SendNotice(Procedure):
    """Inputs are the channel and the message, None when there is nothing (more) to send."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> tuple[Channel, Message] | None:
        """Open and render it, unless it is over."""
        notice = await uow.session.get_one(Notice, run.subject_id)
        if notice.state is not NoticeState.DUE:
            return None
        if notice.expires_at is not None and notice.expires_at <= now():
            _end(notice, NoticeState.EXPIRED)
            return None
        cipher = await uow.cipher(notice.person_id)
        try:
            recipient = cipher.open(recipient_place(notice.id), notice.recipient)
            data = json.loads(cipher.open(data_place(notice.id), notice.data))
        except Unsealable:
            # The person was erased: nobody is left to be told.
            _end(notice, NoticeState.EXPIRED)
            return None
        life = None if notice.expires_at is None else notice.expires_at - notice.created_at
        minutes = None if life is None else max(1, round(life.total_seconds() / 60))
        text = render_notice(work.settings, notice.name, notice.channel, notice.language, data, minutes=minutes)
        return notice.channel, Message(recipient, text.body, str(notice.id), text.subject)

    async def perform(self, work: Work, inputs: tuple[Channel, Message] | None) -> None:
        """Hand it over; raises Park or StepFailed."""
        if inputs is None:
            return
        channel, message = inputs
        try:
            await senders_for(work.settings)[channel].send(message)
        except SendingUnavailable:
            raise Park("messages_unavailable", _OUTAGE_SECONDS) from None
        except SendingRefused:
            raise StepFailed("message_refused") from None

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: tuple[Channel, Message] | None, result: None
    ) -> Done:
        """Note that it is sent, also in the application's history."""
        if inputs is None:
            return Done()
        notice = await uow.session.get_one(Notice, run.subject_id)
        _end(notice, NoticeState.SENT)
        if notice.application_id is not None:
            await uow.append(
                notice.application_id, EventKind.NOTICE_SENT, name=notice.name, channel=notice.channel.value
            )
        return Done()


def _end(notice: Notice, state: NoticeState) -> None:
    notice.state = state
    if state is NoticeState.SENT:
        notice.sent_at = now()
    if notice.person_id == SYSTEM_PERSON:
        # Nobody's key seals it, so erasing a person would not reach this number: it goes at once.
        notice.recipient = notice.data = b""


STEP = SendNotice
