"""A bank statement (账户交易明细, 流水): dated rows whose balances run on, whatever columns the bank prints."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from workers.ocr.kinds.confidence import settle
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.movements import Movement, read_movements
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import GUESSED, Document, label
from workers.ocr.normal import AMOUNT, COMPACT_DATE, DATE, NAME, Guess, fen, iso_date, person_name
from workers.ocr.reading import Check, Field

_SALARY = ("工资", "薪", "代发")
_NO_SALARY = ("代发费", "退")
_DAY = rf"{DATE}|{COMPACT_DATE}"
_TO = r"\s*日?\s*(?:[-—–~至到一]+|\s)\s*"

_Row = Mapping[str, Field]


def _read(document: Document, today: date) -> Facts:
    movements = read_movements(document)
    rows = tuple(movement.fields() for movement in movements)
    inflows = [row["amount"] for row in rows if int(row["amount"].value) > 0]
    read = found(
        name=document.labelled(
            "户名|账户名称|客户姓名|姓名|客户名称|账户名|持卡人|账户户名|账户姓名|持卡人姓名|开户人|户主",
            NAME,
            person_name,
            inside=False,
        )
        or document.find(rf"兹证明\s*:?\s*({NAME})", person_name),
        account=document.labelled(
            "账号|卡号|账户|客户账号|交易卡号|借记卡号|银行卡号|账户号码|账户账号|账号/卡号|卡号/账号|卡/账号|卡号或账号|账(卡)号|本方账号|"
            "支付宝账户|支付宝账号|微信号|账户卡号|活期账号|主卡卡号|查询卡号|查询账号",
            r"[\d*Xx][\d*Xx ]{6,30}[\dXx*]",
            _account,
            inside=False,
        ),
        period_from=document.find(rf"({_DAY}){_TO}(?:{_DAY})", iso_date)
        or document.labelled("起始日期|开始日期|查询起始日期|起始日|起日", _DAY, iso_date),
        period_to=document.find(rf"(?:{_DAY}){_TO}({_DAY})", iso_date)
        or document.labelled("截止日期|结束日期|终止日期|查询截止日期|截止日|止日|查询终止日期", _DAY, iso_date),
    )
    fields = settle(read)
    fields |= found(inflow_total=_sum(inflows), salary_monthly=_salary(rows)) | _period_of(rows, fields)
    return Facts(fields, _checks(document, movements, rows, today), rows)


def _account(text: str) -> str | None:
    value = "".join(text.split())
    if len(re.sub(r"\D", "", value)) < 4:
        return None
    # Nobody counts stars, the recogniser neither.
    return value if value.isdigit() else Guess(value)


def _period_of(rows: Sequence[_Row], fields: Mapping[str, Field]) -> dict[str, Field]:
    """Without a printed period: from the first row's day to the last's, to be asked."""
    if not rows or {"period_from", "period_to"} <= fields.keys():
        return {}
    days = sorted((row["date"] for row in rows), key=lambda day: day.value)
    ends = {"period_from": days[0], "period_to": days[-1]}
    return {name: replace(day, confidence=GUESSED) for name, day in ends.items() if name not in fields}


def _salary(rows: Sequence[_Row]) -> Field | None:
    """What comes in as salary in a month, on average over the months that have any, whole fen."""
    paid = [row for row in rows if int(row["amount"].value) > 0 and _is_salary(row)]
    months = {row["date"].value[:7] for row in paid}
    total = _sum([row["amount"] for row in paid])
    if total is None:
        return None
    return replace(total, value=str(int(total.value) // len(months)))


def _is_salary(row: _Row) -> bool:
    summary = row["summary"].value if "summary" in row else ""
    return any(word in summary for word in _SALARY) and not any(word in summary for word in _NO_SALARY)


def _sum(amounts: Sequence[Field]) -> Field | None:
    """The sum as a field: the weakest confidence, the place of the first."""
    if not amounts:
        return None
    total = sum(int(amount.value) for amount in amounts)
    return Field(str(total), min(a.confidence for a in amounts), amounts[0].page, amounts[0].box)


def _checks(document: Document, movements: Sequence[Movement], rows: Sequence[_Row], today: date) -> tuple[Check, ...]:
    checks = []
    followed = [movement.follows for movement in movements if movement.follows is not None]
    if followed:
        checks.append(
            Check(
                "balances_add_up",
                all(followed),
                "error",
                "每笔余额前后相符",
                "Every balance follows from the one before",
            )
        )
    if (same := _totals(document, rows)) is not None:
        checks.append(
            Check("totals", same, "warning", "合计与各笔之和相符", "The printed totals are the sums of the rows")
        )
    if rows:
        days = [row["date"].value for row in rows]
        in_order = days == sorted(days) or days == sorted(days, reverse=True)
        checks.append(Check("dates_in_order", in_order, "warning", "交易日期依次排列", "The rows are in order of date"))
        checks.append(recent(max(days), today))
    return tuple(checks)


def _totals(document: Document, rows: Sequence[_Row]) -> bool | None:
    """Printed totals of money in and out against the rows; None when none is printed."""
    amounts = [int(row["amount"].value) for row in rows]
    sums = {"in": sum(a for a in amounts if a > 0), "out": -sum(a for a in amounts if a < 0)}
    words = {
        "in": "收入合计|收入总额|总收入|收入总计|贷方合计|贷方发生额合计|转入合计|存入合计|收入总金额|合计收入",
        "out": "支出合计|支出总额|总支出|支出总计|借方合计|借方发生额合计|转出合计|支取合计|支出总金额|合计支出",
    }
    printed = {}
    for side, names in words.items():
        hits = [match[1] for _, match in document.search(label(names) + rf"(?:\d+\s*笔[,\s]*)?({AMOUNT})")]
        totals = [abs(int(value)) for hit in hits if (value := fen(hit)) is not None]
        if totals:
            printed[side] = totals
    if not printed or not rows:
        return None
    # Totals may be of each page or of all.
    return all(sums[side] in (sum(totals), totals[-1]) for side, totals in printed.items())


KIND = Kind(
    "bank_statement",
    {
        "交易明细|流水|对账单|明细清单|历史明细|明细查询|收支明细|账户明细|活期明细|明细对账": 0.6,
        "余额": 0.3,
        "摘要|交易类型|交易说明|商品说明|用途": 0.2,
        "交易日期|记账日期|交易时间|入账日期|记账日": 0.3,
        "交易金额|发生额|收入金额|支出金额|借方|贷方|存入|收/支|金额\\(元\\)": 0.3,
        "户名|账户名称|客户姓名|对方": 0.1,
    },
    _read,
)
