"""A housing-fund or social-insurance statement: labels with their values beside them."""

from datetime import date

from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document, label
from workers.ocr.normal import AMOUNT, ID_NUMBER, MONTH, fen, id_number, iso_month, person_name, words
from workers.ocr.reading import Check, Field

_MONEY = f"({AMOUNT})"
# 住房公积金管理条例 第十八条 and 建金〔2005〕5号: each side pays 5 to 12 % of the base.
_SHARE_BP = range(2 * 500, 2 * 1200 + 1)


def _read(document: Document, today: date) -> Facts:
    fields = found(
        name=document.find(label("姓名|职工姓名") + r"([㐀-鿿·]+)", person_name),
        id_number=document.find(f"({ID_NUMBER})", id_number),
        employer=document.find(label("单位名称|缴存单位|参保单位") + r"([^\t]+)", words),
        base=document.find(label("缴存基数|缴费基数") + _MONEY, fen),
        monthly_deposit=document.find(label("月缴存额|月缴额") + _MONEY, fen),
        balance=document.find(label("账户余额|缴存余额") + _MONEY, fen),
        paid_to=document.find(label("缴至年月|缴至月份|缴至") + f"({MONTH})", iso_month),
    )
    return Facts(fields, _checks(fields, today))


def _checks(fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    checks = []
    if {"base", "monthly_deposit"} <= fields.keys():
        base, deposit = int(fields["base"].value), int(fields["monthly_deposit"].value)
        plausible = base > 0 and round(deposit * 10_000 / base) in _SHARE_BP
        checks.append(
            Check(
                "deposit_share", plausible, "warning", "月缴存额为基数的 10%–24%", "The deposit is 10–24 % of the base"
            )
        )
    if "paid_to" in fields:
        checks.append(recent(fields["paid_to"].value, today))
    return tuple(checks)


KIND = Kind(
    "fund_statement",
    {
        "(?:公积金|社会保险|社保).*(?:证明|明细|账户|清单)": 0.6,
        "缴存基数|缴费基数": 0.4,
        "月缴存额|缴至": 0.3,
        "参保|缴存": 0.3,
    },
    _read,
)
