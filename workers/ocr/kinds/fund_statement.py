"""A housing-fund or social-insurance statement: labels with their values beside or under them, and monthly rows."""

import re
from datetime import date

from workers.ocr.kinds.confidence import settle
from workers.ocr.kinds.id_numbers import find_id_number, number_checks, parse
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document
from workers.ocr.normal import AMOUNT, HAN, MONTH, NAME, fen, iso_month, person_name
from workers.ocr.reading import Check, Field

# 住房公积金管理条例 第十八条 and 建金〔2005〕5号: each side pays 5 to 12 % of the base.
_SHARE_BP = range(2 * 500, 2 * 1200 + 1)
_RATE = r"\d{1,2}(?:\.\d{1,2})?\s*%?"
# Each side's part is rounded to the yuan by some funds, to the fen by others.
_ROUNDING_FEN = 200
_ORGANISATION = rf"[{HAN}A-Za-z0-9()&·]{{4,40}}"


def _read(document: Document, today: date) -> Facts:
    fields = found(
        name=document.labelled("姓名|职工姓名|个人姓名|参保人姓名|参保人员姓名|缴存人姓名|户名", NAME, person_name)
        or document.find(rf"(?<!\S)(?:参保人|缴存人|职工)\s*[:\t]\s*({NAME})", person_name),
        id_number=find_id_number(document),
        account=document.labelled(
            "个人账号|公积金账号|个人公积金账号|个人账户|社会保障号|社保号|个人编号|职工账号|账号|个人客户号",
            r"\d{6,20}",
            inside=False,
        ),
        employer=document.labelled(
            "单位名称|缴存单位|参保单位|所在单位|工作单位|缴存单位名称|参保单位名称|现缴存单位|单位",
            _ORGANISATION,
            _organisation,
            inside=False,
        ),
        base=_money(
            document,
            "缴存基数|缴费基数|月缴存基数|个人缴存基数|个人缴费基数|缴费工资|月缴费基数|工资基数|缴存工资基数|月工资基数|缴费基数合计",
        ),
        monthly_deposit=_deposit(document),
        balance=_money(
            document, "账户余额|缴存余额|当前余额|公积金余额|个人账户余额|账户总余额|账户当前余额|缴存总额余额|余额"
        ),
        paid_to=document.labelled(
            "缴至年月|缴至月份|缴至|缴存至|缴费至|已缴至|缴存年月止|最近缴存年月|末次汇缴年月|最后汇缴月|最近汇缴月|汇缴至|最后缴费年月|"
            "缴费截止年月|截止年月|末次缴存年月|缴交至|汇缴年月|缴存年月|末次缴费年月",
            MONTH,
            iso_month,
        )
        or _last_month(document),
    )
    rates = _rates(document)
    follows = _follows(fields, rates)
    doubted = set() if follows is not False else {"base", "monthly_deposit"}
    if "id_number" in fields and not parse(fields["id_number"].value):
        doubted.add("id_number")
    agreed = ("base", "monthly_deposit") if follows else ()
    return Facts(settle(fields, agreed, doubted), _checks(fields, follows, today))


def _money(document: Document, words: str) -> Field | None:
    return document.labelled(words, AMOUNT, fen, inside=False)


def _deposit(document: Document) -> Field | None:
    """Both sides' parts together; their sum, when only the parts are printed."""
    total = _money(
        document,
        "月缴存额|月缴额|月应缴额|月缴金额|月汇缴额|汇缴金额|月缴存总额|月缴存额合计|月缴存合计|合计月缴存额|月应缴存额|月存额|月缴存金额|"
        "应缴金额|汇缴额|月缴交额",
    )
    if total is not None:
        return total
    mine = _money(
        document,
        "个人月缴存额|个人月缴额|个人缴存额|个人月缴|个人缴存金额|职工月缴存额|个人部分|个人缴存部分|职工缴存额",
    )
    theirs = _money(document, "单位月缴存额|单位月缴额|单位缴存额|单位月缴|单位缴存金额|单位部分|单位缴存部分")
    if mine is None or theirs is None:
        return None
    boxes = list(zip(mine.box, theirs.box, strict=True))
    left, top, right, bottom = min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])
    value = str(int(mine.value) + int(theirs.value))
    return Field(value, min(mine.confidence, theirs.confidence), mine.page, (left, top, right, bottom))


def _organisation(text: str) -> str | None:
    return None if re.fullmatch(r"账号|编号|状态|正常|电话|地址|单位\w{0,4}|个人\w{0,4}|缴存\w{0,4}", text) else text


def _last_month(document: Document) -> Field | None:
    """The latest of the months that begin rows of deposits."""
    months = [
        row.field(*match.span(1), month)
        for row, match in document.search(rf"^(?:\d{{1,3}}\s+)?({MONTH})\s*月?\t.*\d\.\d\d")
        if (month := iso_month(match[1]))
    ]
    return max(months, key=lambda field: field.value, default=None)


def _rates(document: Document) -> int | None:
    """Both sides' rates together in bp, when both are printed."""
    parts = [
        document.labelled(words, _RATE, _bp, inside=False)
        for words in ("单位缴存比例|单位比例|单位缴费比例", "个人缴存比例|个人比例|职工缴存比例|个人缴费比例|职工比例")
    ]
    if parts[0] and parts[1]:
        return int(parts[0].value) + int(parts[1].value)
    pair = next(document.search(r"(\d{1,2})\s*%\s*[/+、]\s*(\d{1,2})\s*%"), None)
    return 100 * (int(pair[1][1]) + int(pair[1][2])) if pair else None


def _bp(text: str) -> str | None:
    rate = float(re.sub(r"[%\s]", "", text))
    return str(round(rate * 100)) if 1 <= rate <= 30 else None


def _follows(fields: dict[str, Field], rates: int | None) -> bool | None:
    """Whether the deposit is base × printed rates; None when something is not printed."""
    if rates is None or not {"base", "monthly_deposit"} <= fields.keys():
        return None
    expected = int(fields["base"].value) * rates / 10_000
    return abs(expected - int(fields["monthly_deposit"].value)) <= _ROUNDING_FEN


def _checks(fields: dict[str, Field], follows: bool | None, today: date) -> tuple[Check, ...]:
    checks = []
    if "id_number" in fields:
        checks += number_checks(fields["id_number"].value, today)
    if follows is not None:
        checks.append(
            Check(
                "deposit_is_rate",
                follows,
                "error",
                "月缴存额等于基数乘以比例",
                "The deposit is the base times the rates",
            )
        )
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
        "(?:公积金|社会保险|社保|养老保险).*(?:证明|明细|账户|清单|对账单|查询|权益|记录)": 1.0,
        "缴存基数|缴费基数|缴费工资|工资基数": 0.4,
        "月缴存额|月缴额|缴至|汇缴|缴费年月|缴费月数": 0.3,
        "参保|缴存": 0.3,
    },
    _read,
)
