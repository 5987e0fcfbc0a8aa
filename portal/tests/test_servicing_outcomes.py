"""When a loan counts as good or bad."""

from datetime import date, timedelta

import pytest

from portal.db.models import Verdict
from portal.domain.money import add_months
from portal.servicing.outcomes import observe

OUT = date(2026, 1, 31)
DUE = tuple(add_months(OUT, number, OUT.day) for number in range(1, 25))


def paid(count: int, late: int = 0) -> dict[int, date]:
    return {number: DUE[number - 1] + timedelta(days=late) for number in range(1, count + 1)}


@pytest.mark.parametrize(
    ("day", "payments", "verdict", "past_due", "worst"),
    [
        (date(2026, 2, 27), {}, Verdict.OPEN, 0, 0),
        (date(2026, 4, 29), paid(2), Verdict.OPEN, 0, 0),
        (date(2026, 5, 28), {}, Verdict.OPEN, 89, 89),
        (date(2026, 5, 29), {}, Verdict.BAD, 90, 90),
        (date(2027, 1, 30), paid(11), Verdict.OPEN, 0, 0),
        (date(2027, 1, 31), paid(12), Verdict.GOOD, 0, 0),
        (date(2027, 1, 31), paid(12, late=30), Verdict.GOOD, 0, 30),
        (date(2027, 1, 31), paid(24), Verdict.GOOD, 0, 0),
        (date(2026, 3, 1), paid(24), Verdict.GOOD, 0, 0),
    ],
)
def test_ninety_days_within_a_year_are_bad(
    day: date, payments: dict[int, date], verdict: Verdict, past_due: int, worst: int
) -> None:
    known = {number: min(on, day) for number, on in payments.items()}
    seen = observe(OUT, DUE, known, day)
    assert (seen.verdict, seen.past_due_days, seen.worst_past_due_days) == (verdict, past_due, worst)


def test_what_was_bad_stays_bad_though_it_is_paid_later() -> None:
    late = {1: date(2026, 6, 30), **{number: DUE[number - 1] for number in range(2, 25)}}
    assert observe(OUT, DUE, late, date(2027, 6, 1)).verdict is Verdict.BAD


def test_what_goes_wrong_after_the_first_year_does_not_count() -> None:
    seen = observe(OUT, DUE, paid(12), date(2027, 12, 31))
    assert (seen.verdict, seen.worst_past_due_days) == (Verdict.GOOD, 0)
    assert seen.past_due_days > 300
    assert (seen.months_on_book, seen.due, seen.paid) == (23, 23, 12)
