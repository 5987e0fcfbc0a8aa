"""How a loan turns out, by one definition for every model and report.

A loan is **bad** when within its first twelve months on book an instalment stood 90 days or more past due; **good**
when it is paid off before that, or when the twelve months are over without it; until then it is open. 90 days is where
the Basel framework (CRE36.68) and 商业银行金融资产风险分类办法 (2023, 第十一条) draw the line of default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.db.models import Verdict
from portal.domain.money import add_months

BAD_DAYS = 90
HORIZON_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Observation:
    """One loan as of one day. `due` and `paid` count instalments; days are calendar days."""

    months_on_book: int
    due: int
    paid: int
    past_due_days: int
    worst_past_due_days: int
    verdict: Verdict


def observe(paid_out: date, due_on: Sequence[date], paid_on: Mapping[int, date], day: date) -> Observation:
    """`due_on` are all instalments in order, `paid_on` those that were paid by `day`, by number from 1."""
    horizon = min(day, add_months(paid_out, HORIZON_MONTHS))
    late = [(paid_on.get(number), due) for number, due in enumerate(due_on, 1) if due <= day]
    now = max((_days(due, day) for paid, due in late if paid is None), default=0)
    worst = max((_days(due, min(horizon, paid or horizon)) for paid, due in late), default=0)
    months = _months(paid_out, day)
    if worst >= BAD_DAYS:
        verdict = Verdict.BAD
    elif len(paid_on) >= len(due_on) or months >= HORIZON_MONTHS:
        verdict = Verdict.GOOD
    else:
        verdict = Verdict.OPEN
    return Observation(months, len(late), len(paid_on), now, worst, verdict)


def _days(due: date, until: date) -> int:
    return max(0, (until - due).days)


def _months(first: date, last: date) -> int:
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1
