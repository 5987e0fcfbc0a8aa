"""Money of a loan: figures in words, the level-payment schedule and the annualised all-in cost.

Amounts are integer fen, rates are basis points a year, terms are months.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TypeAlias

Fen: TypeAlias = int

# No contract may cost more, late interest included: 互联网助贷通知 (from 2025-10-01).
CEILING_BP = 2_400
# 银发〔2003〕251号: late interest adds 30–50 % to the contract's rate, misused funds 50–100 %.
_LATE_MARKUP_BP, _MISUSE_MARKUP_BP = 5_000, 10_000

_BP_MONTHS = 10_000 * 12
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


@dataclass(frozen=True, slots=True)
class Installment:
    """One due payment; `balance_fen` is the principal still owed after it is paid."""

    number: int
    due_on: date
    principal_fen: Fen
    interest_fen: Fen
    payment_fen: Fen
    balance_fen: Fen


@dataclass(frozen=True, slots=True)
class Fee:
    """A cost of the loan other than interest, paid `month` months after disbursement (0: on that day)."""

    month: int
    amount_fen: Fen


def format_yuan(fen: Fen) -> str:
    """Figures as `¥50,000.00`; a negative amount carries its sign before the currency."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{cents:02d}"


def format_rate(bp: int) -> str:
    """A rate in basis points as `14.40%`."""
    whole, rest = divmod(abs(bp), 100)
    return f"{'-' if bp < 0 else ''}{whole}.{rest:02d}%"


def capital_yuan(fen: Fen) -> str:
    """The amount in Chinese capitals, `人民币伍万元整`, for 0 up to 10¹⁶ yuan (ValueError outside).

    Follows 支付结算办法 附件一: 整 closes an amount ending in 元 or 角, never one ending in 分; zeros in
    a row read as one 零, also between 元 and 分 when there are no 角.
    """
    yuan, cents = divmod(fen, 100)
    if fen < 0 or yuan >= 10**16:
        raise ValueError("an amount in capitals lies between 0 and 10^16 yuan")
    jiao, rest = divmod(cents, 10)
    text = f"{_integer_in_capitals(yuan)}元" if yuan or not cents else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    if rest:
        text += f"{'零' if yuan and not jiao else ''}{_DIGITS[rest]}分"
    else:
        text += "整"
    return f"人民币{text}"


def _integer_in_capitals(yuan: int) -> str:
    if not yuan:
        return _DIGITS[0]
    text, gap = "", False
    for group in range(3, -1, -1):
        four = yuan // 10_000**group % 10_000
        if not four:
            gap = bool(text)
            continue
        for place in range(3, -1, -1):
            digit = four // 10**place % 10
            if digit:
                text += f"{'零' if gap else ''}{_DIGITS[digit]}{_PLACES[place]}"
                gap = False
            else:
                gap = bool(text)
        # 万 and 仟 of 亿 share one 亿: 壹万贰仟亿, not 壹万亿贰仟亿; alone it is 壹万亿.
        shared = group == 3 and yuan // 10_000**2 % 10_000
        text += "万" if shared else _GROUPS[group]
    return text


def monthly_payment_fen(principal_fen: Fen, annual_rate_bp: int, term_months: int) -> Fen:
    """The level monthly payment (等额本息), half up to a fen; the last one of a schedule may differ."""
    _check_terms(principal_fen, annual_rate_bp, term_months)
    with localcontext(prec=60):
        rate = Decimal(annual_rate_bp) / _BP_MONTHS
        if rate:
            exact = principal_fen * rate / (1 - (1 + rate) ** -term_months)
        else:
            exact = Decimal(principal_fen) / term_months
        return int(exact.to_integral_value(ROUND_HALF_UP))


def annuity_schedule(
    principal_fen: Fen,
    annual_rate_bp: int,
    term_months: int,
    first_due: date,
    anchor_day: int | None = None,
) -> tuple[Installment, ...]:
    """Level payments (等额本息); a month's interest is a twelfth of the yearly rate, half up to a fen.

    The last payment absorbs the rounding, so principals sum to the loan exactly. Payments fall on
    `anchor_day` (default: the day of `first_due`), or on the month's last day where the month is shorter.
    """
    payment = monthly_payment_fen(principal_fen, annual_rate_bp, term_months)
    balance = principal_fen
    rows: list[Installment] = []
    for number in range(1, term_months + 1):
        interest = (balance * annual_rate_bp * 2 + _BP_MONTHS) // (2 * _BP_MONTHS)
        # Payments of a few fen round up far enough to repay the loan before its last month.
        principal = balance if number == term_months else min(payment - interest, balance)
        balance -= principal
        due = add_months(first_due, number - 1, anchor_day)
        rows.append(Installment(number, due, principal, interest, principal + interest, balance))
    return tuple(rows)


def add_months(day: date, months: int, anchor_day: int | None = None) -> date:
    """The same day `months` later, on the month's last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor_day or day.day, last))


def late_rate_bp(annual_rate_bp: int) -> int:
    """What overdue principal costs a year, under the ceiling."""
    return _default_rate_bp(annual_rate_bp, _LATE_MARKUP_BP)


def misuse_rate_bp(annual_rate_bp: int) -> int:
    """What principal spent against the agreed purpose costs a year, under the ceiling."""
    return _default_rate_bp(annual_rate_bp, _MISUSE_MARKUP_BP)


def _default_rate_bp(annual_rate_bp: int, markup_bp: int) -> int:
    return min(annual_rate_bp + annual_rate_bp * markup_bp // 10_000, CEILING_BP)


def irr_annual_bp(cashflows: Sequence[Fen]) -> int:
    """The annualised cost of monthly cash flows as the borrower sees them: receipt first, payments negative.

    中国人民银行公告〔2021〕第3号 lets the annualised rate be computed by the compound (复利) method, which is
    the internal rate of return, or by the simple (单利) one, which then has to be named. This is the internal
    rate of return per month, times twelve. ValueError if the flows are not one receipt followed by payments,
    return less than was received, or cost more than 1,000 % a month.
    """
    if len(cashflows) < 2 or cashflows[0] <= 0 or any(flow > 0 for flow in cashflows[1:]):
        raise ValueError("cash flows are one receipt followed by payments")
    total = sum(cashflows)
    if total > 0:
        raise ValueError("the payments return less than was received")
    if total == 0:
        return 0
    low, high = 0.0, 10.0
    if _present_value(cashflows, high) < 0:
        raise ValueError("the cost exceeds 1,000 % a month")
    # One sign change means one root; 80 halvings take the width below a float's step.
    for _ in range(80):
        middle = (low + high) / 2
        if _present_value(cashflows, middle) < 0:
            low = middle
        else:
            high = middle
    return round(high * _BP_MONTHS)


def all_in_cost_bp(principal_fen: Fen, schedule: Iterable[Installment], fees: Iterable[Fee] = ()) -> int:
    """综合融资成本, annualised by `irr_annual_bp` over the principal, every instalment and every fee.

    The n-th instalment counts as paid after n months. A fee on the day of disbursement counts as less
    received; ValueError if fees eat up the whole principal.
    """
    flows: dict[int, Fen] = {0: principal_fen}
    for row in schedule:
        flows[row.number] = flows.get(row.number, 0) - row.payment_fen
    for fee in fees:
        flows[fee.month] = flows.get(fee.month, 0) - fee.amount_fen
    return irr_annual_bp([flows.get(month, 0) for month in range(max(flows) + 1)])


def _present_value(cashflows: Sequence[Fen], monthly_rate: float) -> float:
    # Horner's scheme uses +, * and / only, which round alike on every machine; pow does not.
    discount = 1 / (1 + monthly_rate)
    value = 0.0
    for flow in reversed(cashflows):
        value = value * discount + flow
    return value


def _check_terms(principal_fen: Fen, annual_rate_bp: int, term_months: int) -> None:
    if principal_fen <= 0 or annual_rate_bp < 0 or term_months < 1:
        raise ValueError("a loan has a principal, a term of at least a month and no negative rate")
