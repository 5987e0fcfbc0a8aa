"""What was said in free words, opened."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, update
from sqlmodel import col, select

from portal.db.models import Application, Exchange, ExchangeState, Reply
from portal.db.together import Query, Rows
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher

MOST = 300
"""Messages kept of one application; a person who says more than that is better served by telephone."""


@dataclass(frozen=True, slots=True)
class Words:
    """`found`: slot → the value as it would be typed; `unsure`: slots spoken of without one clear value."""

    text: str
    found: Mapping[str, str] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One message and its reply."""

    number: int
    slot: str
    reply: Reply
    state: ExchangeState
    entry: str | None
    words: Words


def place(exchange_id: UUID) -> str:
    """Where a message is sealed."""
    return f"exchange.said.{exchange_id}"


def written(words: Words) -> str:
    """As it is sealed."""
    return json.dumps(
        {"text": words.text, "found": dict(words.found), "unsure": list(words.unsure)}, ensure_ascii=False
    )


SAID: Query = (
    select(Exchange).where(col(Exchange.application_id) == bindparam("application_id")).order_by(col(Exchange.number))
)
"""Every message in order, for `open_said`."""


def open_said(cipher: PersonCipher, rows: Rows) -> tuple[Said, ...]:
    """What was said, in order."""
    return tuple(_open(row, json.loads(cipher.open(place(row.id), row.said))) for row in rows)


def _open(row: Row[Any], said: Mapping[str, object]) -> Said:
    found, unsure = said["found"], said["unsure"]
    words = Words(
        text=str(said["text"]),
        found={str(slot): str(value) for slot, value in found.items()} if isinstance(found, dict) else {},
        unsure=tuple(map(str, unsure)) if isinstance(unsure, list) else (),
    )
    return Said(row.number, row.slot, row.reply, row.state, row.entry, words)


def pending(said: Sequence[Said]) -> Said | None:
    """The newest message, while it waits for a yes or no."""
    return said[-1] if said and said[-1].state is ExchangeState.OPEN else None


async def rewrite(uow: UnitOfWork, application: Application, number: int, words: Words) -> None:
    """It was taken, as it stood in the form in the end."""
    row = await uow.session.exec(
        select(Exchange).where(col(Exchange.application_id) == application.id, col(Exchange.number) == number)
    )
    exchange = row.one()
    cipher = await uow.cipher(application.applicant_id)
    exchange.said, exchange.state = cipher.seal(place(exchange.id), written(words)), ExchangeState.TAKEN
    await uow.session.flush()


async def close(uow: UnitOfWork, application: Application, state: ExchangeState = ExchangeState.DROPPED) -> None:
    """What waits for a yes waits no longer."""
    if application.exchanges:
        await uow.session.exec(
            update(Exchange)
            .where(col(Exchange.application_id) == application.id, col(Exchange.state) == ExchangeState.OPEN)
            .values(state=state)
        )
