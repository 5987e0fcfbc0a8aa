"""How the pretended bank's borrowers repay: a habit of each card, or one that was ordered, told for any day asked."""

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from portal.domain.clock import CHINA
from portal.domain.money import add_months
from workers.sandbox.personas import PERSONAS
from workers.sandbox.store import Answer, connect

_SCHEMA = """
create table if not exists loan (
    key text primary key,
    reference text not null,
    booked_on text not null,
    habit text not null
)
"""
_MOST_MONTHS = 60
_PERSONAS = frozenset(persona.bank_card for persona in PERSONAS)


class Habit(BaseModel):
    """`days_late`: so long after the due day everything is paid. `stops_after`: after so many instalments nothing is
    paid any more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days_late: Annotated[int, Field(ge=0, le=365)] = 0
    stops_after: Annotated[int, Field(ge=0, le=_MOST_MONTHS)] | None = None


def habit_of(card: str) -> Habit:
    """Personas pay on the day; of other cards four in five do, one in eight pays up to four weeks late, and the rest
    stop within the first year. The same card always has the same habit."""
    if card in _PERSONAS:
        return Habit()
    draw = int.from_bytes(hashlib.sha256(f"habit {card}".encode()).digest()[:4])
    share, figure = draw % 1000, draw // 1000
    if share < 800:
        return Habit()
    return Habit(days_late=1 + figure % 28) if share < 925 else Habit(stops_after=figure % 12)


class LoanBook:
    """The loans behind the payouts, in the bank's own file."""

    def __init__(self, file: Path) -> None:
        self._database = connect(file, _SCHEMA)

    def open(self, key: str, reference: str, booked_at: str, card: str) -> None:
        """Once; a repeated payout opens no second loan."""
        booked_on = datetime.fromisoformat(booked_at).astimezone(CHINA).date().isoformat()
        self._database.execute(
            "insert or ignore into loan (key, reference, booked_on, habit) values (?, ?, ?, ?)",
            (key, reference, booked_on, habit_of(card).model_dump_json()),
        )

    def order(self, reference: str, habit: Habit) -> bool:
        """Another habit, from the first instalment on; False when there is no such loan."""
        changed = self._database.execute(
            "update loan set habit = ? where reference = ?", (habit.model_dump_json(), reference)
        )
        return changed.rowcount > 0

    def tell(self, key: str, day: date) -> Answer | None:
        """Instalments that fell due by a day, which may lie ahead: each a month after the one before."""
        row = self._database.execute("select reference, booked_on, habit from loan where key = ?", (key,)).fetchone()
        if row is None:
            return None
        booked_on, habit = date.fromisoformat(row[1]), Habit.model_validate_json(row[2])
        due = [add_months(booked_on, number, booked_on.day) for number in range(1, _MOST_MONTHS + 1)]
        return {
            "reference": row[0],
            "on": day.isoformat(),
            "instalments": [_instalment(number, on, habit, day) for number, on in enumerate(due, 1) if on <= day],
        }


def _instalment(number: int, due: date, habit: Habit, day: date) -> dict[str, Any]:
    stopped = habit.stops_after is not None and number > habit.stops_after
    paid_on = due + timedelta(days=habit.days_late)
    paid = not stopped and paid_on <= day
    return {"number": number, "due_on": due.isoformat(), "paid_on": paid_on.isoformat() if paid else None}
