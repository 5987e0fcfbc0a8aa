"""Showing what the loan costs, and holding the signature back until that was read.

金规〔2026〕2号 (from 2026-08-01): the 综合融资成本明示表 is shown before signing, with forced reading. The clock is the
server's: it starts when the page is first answered and can't be hurried by a script.
"""

from datetime import datetime, timedelta

from portal.db.models import Application, Offer
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_

READING_TIME = timedelta(seconds=8)

STILL_READING = N_("请先完整阅读费用明细，几秒钟后即可确认。您没有丢失任何内容。")
NOT_TICKED = N_("请阅读后勾选确认，再继续。")
EXPIRED = N_("这个额度已过有效期。请先在审批结果页取消，再重新申请。")


def reading_seconds_left(offer: Offer, at: datetime) -> int:
    """Whole seconds until the statement may be confirmed; the full time when it was never shown."""
    if offer.cost_shown_at is None:
        return int(READING_TIME.total_seconds())
    left = (offer.cost_shown_at + READING_TIME - at).total_seconds()
    return max(0, -int(-left // 1))


async def show_cost_statement(uow: UnitOfWork, application: Application, offer: Offer) -> None:
    """Start the reading clock, once."""
    if offer.cost_shown_at is None:
        offer.cost_shown_at = now()
        uow.session.add(offer)
        await uow.append(application.id, EventKind.COST_STATEMENT_SHOWN, offer=str(offer.id))


async def confirm_cost_statement(uow: UnitOfWork, application: Application, offer: Offer, *, ticked: bool) -> None:
    """The applicant has read what it costs. Raises Invalid while the clock runs, Conflict when too late."""
    if application.state is not ApplicationState.APPROVED:
        raise Conflict
    at = now()
    if offer.expires_at <= at:
        raise Conflict(EXPIRED)
    if reading_seconds_left(offer, at) > 0:
        raise Invalid({"read": STILL_READING})
    if not ticked:
        raise Invalid({"read": NOT_TICKED})
    if offer.cost_confirmed_at is None:
        offer.cost_confirmed_at = at
        uow.session.add(offer)
        await uow.append(
            application.id,
            EventKind.COST_STATEMENT_CONFIRMED,
            actor=application.applicant_id,
            actor_kind=ActorKind.APPLICANT,
            offer=str(offer.id),
        )
