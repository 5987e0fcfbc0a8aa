from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import (
    Fee,
    add_months,
    all_in_cost_bp,
    annuity_schedule,
    capital_yuan,
    format_rate,
    format_yuan,
    irr_annual_bp,
    late_rate_bp,
    misuse_rate_bp,
    monthly_payment_fen,
)

principals = st.integers(min_value=100_000, max_value=100_000_000)
rates = st.integers(min_value=0, max_value=3_600)
terms = st.integers(min_value=1, max_value=60)
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2060, 12, 31))


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (5, "¥0.05"), (5_000_000, "¥50,000.00"), (123_456_789, "¥1,234,567.89"), (-150, "-¥1.50")],
)
def test_figures_group_by_thousands_and_keep_two_decimals(fen: int, text: str) -> None:
    assert format_yuan(fen) == text


def test_rates_read_as_percentages() -> None:
    assert [format_rate(bp) for bp in (0, 5, 1440, -25)] == ["0.00%", "0.05%", "14.40%", "-0.25%"]


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        # The first five are the examples of 支付结算办法 附件一.
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (10_700_053, "壹拾万零柒仟元伍角叁分"),
        (0, "零元整"),
        (7, "柒分"),
        (50, "伍角整"),
        (1_000, "壹拾元整"),
        (5_000_000, "伍万元整"),
        (100_000_100, "壹佰万零壹元整"),
        (10_000_000_000, "壹亿元整"),
        (1_000_100_000_000, "壹佰亿零壹佰万元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (120_000_000_000_000, "壹万贰仟亿元整"),
    ],
)
def test_capitals_follow_the_settlement_rules(fen: int, text: str) -> None:
    assert capital_yuan(fen) == f"人民币{text}"


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_capitals_never_double_a_zero_and_close_correctly(fen: int) -> None:
    text = capital_yuan(fen)
    assert "零零" not in text
    assert "零元" not in text.replace("人民币零元整", "")
    assert text.endswith("分") == bool(fen % 10)


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_capitals_refuse_what_they_cannot_say(fen: int) -> None:
    with pytest.raises(ValueError, match="capitals"):
        capital_yuan(fen)


def test_a_known_loan_has_the_published_payment() -> None:
    # ¥50,000 over 36 months at 14.4 %: 1,718.61 by the annuity formula.
    assert monthly_payment_fen(5_000_000, 1440, 36) == 171_861


@given(principals, rates, terms, days)
def test_a_schedule_repays_the_principal_exactly(principal: int, rate: int, term: int, first: date) -> None:
    rows = annuity_schedule(principal, rate, term, first)
    assert [row.number for row in rows] == list(range(1, term + 1))
    assert sum(row.principal_fen for row in rows) == principal
    assert rows[-1].balance_fen == 0
    assert all(row.payment_fen == row.principal_fen + row.interest_fen for row in rows)
    assert all(row.principal_fen >= 0 and row.interest_fen >= 0 for row in rows)
    payment = monthly_payment_fen(principal, rate, term)
    assert all(row.payment_fen == payment for row in rows[:-1])
    assert abs(rows[-1].payment_fen - payment) <= 2 * term


@given(st.integers(min_value=1, max_value=200), rates, terms)
def test_a_loan_of_a_few_fen_still_adds_up(principal: int, rate: int, term: int) -> None:
    rows = annuity_schedule(principal, rate, term, date(2026, 1, 1))
    assert sum(row.principal_fen for row in rows) == principal
    assert min(row.balance_fen for row in rows) == 0


@given(principals, terms)
def test_a_free_loan_costs_nothing(principal: int, term: int) -> None:
    rows = annuity_schedule(principal, 0, term, date(2026, 1, 1))
    assert sum(row.payment_fen for row in rows) == principal
    assert all_in_cost_bp(principal, rows) == 0


@given(st.integers(min_value=1_000_000, max_value=100_000_000), rates, terms)
def test_without_fees_the_all_in_cost_is_the_nominal_rate(principal: int, rate: int, term: int) -> None:
    rows = annuity_schedule(principal, rate, term, date(2026, 1, 1))
    assert abs(all_in_cost_bp(principal, rows) - rate) <= 1


@given(principals, rates, terms, st.integers(min_value=10_000, max_value=90_000))
def test_an_early_fee_costs_more_than_a_late_one(principal: int, rate: int, term: int, amount: int) -> None:
    rows = annuity_schedule(principal, rate, term, date(2026, 1, 1))
    early = all_in_cost_bp(principal, rows, [Fee(0, amount)])
    late = all_in_cost_bp(principal, rows, [Fee(term, amount)])
    assert early >= late >= all_in_cost_bp(principal, rows)


def test_one_year_of_one_payment_is_checked_by_hand() -> None:
    # 1 % a month for one month: 100 received, 101 paid.
    assert irr_annual_bp([10_000, -10_100]) == 1_200
    assert irr_annual_bp([10_000, 0, -10_201]) == 1_200


@pytest.mark.parametrize(
    "flows", [[], [100], [0, -100], [-100, 100], [100, -50, 10, -90], [100, -50], [100, -1_000_000_000]]
)
def test_flows_that_are_no_loan_are_refused(flows: list[int]) -> None:
    with pytest.raises(ValueError, match=r"cash flows|return less|exceeds"):
        irr_annual_bp(flows)


@pytest.mark.parametrize(("principal", "rate", "term"), [(0, 1000, 12), (100, -1, 12), (100, 1000, 0)])
def test_terms_that_are_no_loan_are_refused(principal: int, rate: int, term: int) -> None:
    with pytest.raises(ValueError, match="a loan has"):
        annuity_schedule(principal, rate, term, date(2026, 1, 1))


def test_due_days_clamp_to_the_month_and_return_to_the_anchor() -> None:
    rows = annuity_schedule(5_000_000, 1440, 4, date(2027, 12, 31))
    assert [row.due_on for row in rows] == [
        date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31),
    ]  # fmt: skip
    clamped_first = annuity_schedule(5_000_000, 1440, 2, add_months(date(2026, 1, 31), 1), anchor_day=31)
    assert [row.due_on for row in clamped_first] == [date(2026, 2, 28), date(2026, 3, 31)]


@pytest.mark.parametrize(("agreed", "late", "misused"), [(720, 1080, 1440), (1440, 2160, 2400), (1800, 2400, 2400)])
def test_default_interest_stops_at_the_ceiling(agreed: int, late: int, misused: int) -> None:
    assert (late_rate_bp(agreed), misuse_rate_bp(agreed)) == (late, misused)
