import csv
import math
from pathlib import Path

import pytest

from scoring.design import lay_out
from scoring.features import build, history_of
from scoring.population import Cards, draw_cards
from scoring.portfolio import generate, report_of
from scoring.revolving import FEATURES, NAMES, History, measure
from scoring.schema import Schema
from scoring.table import read_table
from scoring.tests.made import dice, taiwan, write_histories

TAIWAN = Path(__file__).parents[3] / "shared" / "data" / "taiwan" / "UCI_Credit_Card.csv"
APPLICATION = next(generate(1, 1)).application


def histories(tmp_path: Path) -> list[Path]:
    """Invented people, and the public data where it is at hand."""
    return [write_histories(tmp_path / "people.csv", 3, 150), *([TAIWAN] if TAIWAN.exists() else [])]


def cards_of(row: dict[str, str], schema: Schema) -> Cards:
    """A row as the bureau would report it: whole fen, no negative balances, a delay of eight months as seven."""
    form = schema.revolving
    assert form is not None
    status = tuple(min(7, int(row[name])) for name in form.status) + (0,) * 18
    balance, paid = (
        tuple(max(0, round(float(row[name]) * form.fen)) for name in names) for names in (form.balance, form.paid)
    )
    return Cards(round(float(row[form.limit]) * form.fen), status, balance, paid)


def test_training_and_serving_compute_the_same(tmp_path: Path) -> None:
    schema = taiwan()
    for file in histories(tmp_path):
        design = lay_out(read_table(file, schema), schema)
        with file.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        for place in range(0, len(design.rows), max(1, len(design.rows) // 500)):
            row = rows[int(design.rows[place])]
            if "8" in (row[name] for name in schema.revolving.status):  # type: ignore[union-attr]
                continue
            report = report_of(cards_of(row, schema), "r")
            served = build(report, APPLICATION, report.issued_at.date()).values
            # Compared as text, because NaN is not equal to itself.
            assert repr(served) == repr(tuple(design.x[place].tolist()))


def test_two_cards_are_measured_as_one() -> None:
    whole = draw_cards(dice(4))
    report = report_of(whole, "r")
    assert history_of(report) == whole.history
    one = report.accounts[0]
    half = [
        one.__class__(
            account_id=name,
            kind=one.kind,
            opened_on=one.opened_on,
            limit_fen=one.limit_fen // 2,
            balance_fen=one.balance_fen // 2,
            monthly_payment_fen=0,
            status_24m=one.status_24m,
            balance_6m_fen=tuple(fen // 2 for fen in one.balance_6m_fen or ()),
            paid_6m_fen=tuple(fen // 2 for fen in one.paid_6m_fen or ()),
            in_full_6m=one.in_full_6m,
        )
        for name in "ab"
    ]
    both = report.__class__(report.report_id, report.issued_at, True, tuple(half), (), ())
    measured, expected = history_of(both), whole.history
    assert measured is not None
    assert measured.status == expected.status
    assert measured.limit == expected.limit
    assert all(abs(a - b) <= 1 for a, b in zip(measured.balance, expected.balance, strict=True))


def test_known_figures() -> None:
    history = History(
        10_000.0,
        (1, 0, 0, 2, -1, -2),
        (5_000.0, 4_000.0, 2_000.0, 3_000.0, 1_000.0, 0.0),
        (0.0, 400.0, 500.0, 0.0, 0.0, 7.0),
    )
    found = measure(history)
    assert tuple(found) == NAMES == tuple(feature.name for feature in FEATURES)
    assert (found["delay_now"], found["months_since_1_late"], found["months_since_2_late"]) == (1, 0, 3)
    assert (found["delay_sum"], found["worst_delay_3m"], found["worst_delay_6m"]) == (3, 1, 2)
    assert (found["late_streak"], found["clean_streak"], found["months_in_full"]) == (1, 0, 1)
    assert (found["utilisation_now"], found["utilisation_most"], found["late_with_utilisation"]) == (0.5, 0.5, 0.5)
    assert (found["headroom_least"], found["paid_median"], found["paid_least"]) == (5_000, 3.5, 0)
    assert found["repaid_share_now"] == 0
    assert found["repaid_share_1m_ago"] == pytest.approx(400 / 2_000)
    assert found["spent_now"] == 1_000
    assert math.isnan(measure(History(1.0, (0,) * 6, (0.0,) * 6, (0.0,) * 6))["repaid_share_3m"])


@pytest.mark.parametrize(("limit", "months"), [(0.0, 6), (math.nan, 6), (1.0, 5)])
def test_a_history_without_a_limit_or_a_month_is_refused(limit: float, months: int) -> None:
    with pytest.raises(ValueError, match="needed"):
        History(limit, (0,) * months, (0.0,) * 6, (0.0,) * 6)
