"""A bank statement (账户交易明细, 流水): dated rows whose balances run on."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document, label
from workers.ocr.normal import DATE, fen, iso_date, person_name
from workers.ocr.reading import Check, Field

_MONEY = r"[-+−]?\s*\d[\d,]*\.\s?\d{2}"
_ROW = rf"^({DATE})日?(?:\s+\d\d:\d\d(?::\d\d)?)?\s*(.*?)[\s]+({_MONEY})\s+({_MONEY})(?=\s|$)"
_SALARY = ("工资", "薪")

_Row = Mapping[str, Field]


def _read(document: Document, today: date) -> Facts:
    rows = tuple(_rows(document))
    dates = rf"({DATE})\s*日?\s*[-—–~至到]+\s*({DATE})"
    fields = found(
        name=document.find(label("户名|账户名称|客户姓名|姓名") + r"([㐀-鿿·]+)", person_name),
        account=document.find(label("账号|卡号|账户") + r"([\d*\s]{8,30}\d)", lambda text: "".join(text.split())),
        period_from=document.find(dates, iso_date),
        period_to=document.find(rf"{DATE}\s*日?\s*[-—–~至到]+\s*({DATE})", iso_date),
        inflow_total=_sum([row["amount"] for row in rows if int(row["amount"].value) > 0]),
        salary_monthly=_salary(rows),
    )
    return Facts(fields, _checks(fields, rows, today), rows)


def _rows(document: Document) -> list[dict[str, Field]]:
    """Date, summary, amount, balance as printed; a sign lost in reading shows up in the check, it is never invented."""
    rows = []
    for row, match in document.search(_ROW):
        normal = {
            "date": iso_date(match[1]),
            "summary": " ".join(match[2].split()),
            "amount": fen(match[3]),
            "balance": fen(match[4]),
        }
        spans = {name: match.span(group) for group, name in enumerate(normal, start=1)}
        rows.append({name: row.field(*spans[name], value) for name, value in normal.items() if value})
    return [row for row in rows if {"date", "amount", "balance"} <= row.keys()]


def _salary(rows: Sequence[_Row]) -> Field | None:
    """What comes in as salary in a month, on average over the months that have any, whole fen."""
    paid = [row for row in rows if int(row["amount"].value) > 0 and _is_salary(row)]
    months = {row["date"].value[:7] for row in paid}
    total = _sum([row["amount"] for row in paid])
    if total is None:
        return None
    return Field(str(int(total.value) // len(months)), total.confidence, total.page, total.box)


def _is_salary(row: _Row) -> bool:
    return "summary" in row and any(word in row["summary"].value for word in _SALARY)


def _sum(amounts: Sequence[Field]) -> Field | None:
    """The sum as a field: the weakest confidence, the place of the first."""
    if not amounts:
        return None
    total = sum(int(amount.value) for amount in amounts)
    return Field(str(total), min(a.confidence for a in amounts), amounts[0].page, amounts[0].box)


def _checks(fields: dict[str, Field], rows: Sequence[_Row], today: date) -> tuple[Check, ...]:
    checks = []
    if len(rows) > 1:
        adds_up = _runs_on(rows) or _runs_on(tuple(reversed(rows)))
        checks.append(
            Check("balances_add_up", adds_up, "error", "每笔余额前后相符", "Every balance follows from the one before")
        )
    if rows:
        checks.append(recent(max(row["date"].value for row in rows), today))
    return tuple(checks)


def _runs_on(rows: Sequence[_Row]) -> bool:
    """Oldest first: the balance before plus the amount is the balance after."""
    return all(
        int(before["balance"].value) + int(after["amount"].value) == int(after["balance"].value)
        for before, after in pairwise(rows)
    )


KIND = Kind(
    "bank_statement",
    {
        "交易明细|流水|对账单": 0.6,
        "余额": 0.3,
        "摘要|交易类型": 0.2,
        "交易日期|记账日期|交易时间": 0.3,
        "交易金额|发生额|收入金额": 0.3,
        "户名|账户名称": 0.1,
    },
    _read,
)
