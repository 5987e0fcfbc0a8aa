"""An income certificate (收入证明): a letter in any wording, the amount in figures, in capitals or both."""

import re
from dataclasses import replace
from datetime import date

from workers.ocr.kinds.capitals import CAPITALS, capitals_fen
from workers.ocr.kinds.confidence import settle
from workers.ocr.kinds.id_numbers import find_id_number, number_checks, parse
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.letter import Letter
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document
from workers.ocr.normal import DATE, HAN, fen, iso_date, person_name
from workers.ocr.reading import Check, Field

# With a currency on either side; else a number too long for years, months and ages.
_MARKED_FIGURES = r"(?P<figures>(?<=[¥Y])\s?\d[\d,.]*\d(?:\s*万)?|(?<![\d.,])\d[\d,.]*(?:\s*万)?(?=[\s_]*[元圆]))"
_BARE_FIGURES = r"(?<![\d.,])(?P<figures>\d[\d,]{3,}(?:\.\d{1,2})?)(?![\d年月日.-])"
_MONTHLY = (
    r"(?:月(?:度)?(?:平均|均)?(?:总|工资|税前|税后|基本|综合|固定|实发|实际)?(?:性)?(?:收入|工资|薪资|薪酬|薪)|"
    r"每月[^。\n\d]{0,12}?(?:收入|工资|薪资|薪酬)|平均月[^。\n\d]{0,6}?(?:收入|工资|薪)|(?:收入|工资|薪资)[^。\n\d]{0,8}每月|每月)"
)
_ANNUAL = r"(?:年(?:度)?(?:平均|均)?(?:总|税前|税后|工资|综合|实际)?(?:收入|薪资|薪酬|薪|工资)|全年[^。\n\d]{0,8}?收入)"
_NAME_CHARACTERS = rf"([{HAN}](?:\s?[{HAN}]){{1,3}}?|[{HAN}]{{1,12}}?(?:[·•・.][{HAN}]{{1,12}}?)+?|[{HAN}]{{5,12}}?)"
_NAME_ENDS = r"\s*(?:先生|女士|同志|小姐|[,.(:;、\t\n_]|性别|身份证|系|为|是|,|在|于|自|现|男|女|任|担任|同事|$)"
_COMPANY = (
    r"(?:有限责任公司|股份有限公司|有限公司|公司|集团|事务所|研究院|研究所|设计院|大学|学院|学校|中学|小学|幼儿园|医院|银行|支行|分行|"
    r"中心|酒店|厂|局|委员会|合作社|商行|工作室|经营部|店|院|所|社|站)"
)


def _read(document: Document, today: date) -> Facts:
    letter = Letter(document)
    monthly, words = _amount(letter, _MONTHLY)
    annual, annual_words = _amount(letter, _ANNUAL)
    fields = found(
        name=_name(letter),
        id_number=find_id_number(document) or letter.find(r"(\d{17}[\dXx])(?!\d)"),
        employer=_employer(letter),
        monthly_income=monthly,
        annual_income=annual,
        amount_in_words=words or annual_words,
        issued_on=_issued_on(letter),
    )
    if monthly is None and annual is not None:
        fields["monthly_income"] = replace(annual, value=str(round(int(annual.value) / 12)), confidence=0.0)
    same = _same(fields, "monthly_income" if words else "annual_income")
    agreed, doubted = _standing(fields, same, "monthly_income" if words else "annual_income")
    return Facts(settle(fields, agreed, doubted), _checks(fields, same, today))


def _amount(letter: Letter, label: str) -> tuple[Field | None, Field | None]:
    """Figures and capitals after a label, in either order; figures alone missing are taken from the capitals."""
    for match in letter.search(rf"{label}(?P<rest>[^。\n]{{0,90}})"):
        rest, at = match["rest"], match.start("rest")
        # What follows the next label belongs to it.
        stop = re.search(rf"{_ANNUAL}|{_MONTHLY}", rest)
        rest = rest[: stop.start()] if stop else rest
        figures = re.search(_MARKED_FIGURES, rest) or re.search(_BARE_FIGURES, rest)
        capitals = next((hit for hit in re.finditer(CAPITALS, rest) if capitals_fen(hit[0])), None)
        words = (
            letter.field(at + capitals.start(), at + capitals.end(), re.sub(r"\s|人民币", "", capitals[0]))
            if capitals
            else None
        )
        if figures and (value := _fen(figures["figures"])):
            return letter.field(at + figures.start("figures"), at + figures.end("figures"), value), words
        if capitals and words:
            return replace(words, value=str(capitals_fen(capitals[0]))), words
    return None, None


def _fen(text: str) -> str | None:
    amount = fen(text.replace("万", ""))
    if amount is None or "万" not in text:
        return amount
    return str(int(amount) * 10_000)


def _name(letter: Letter) -> Field | None:
    who = r"(?:我单位|我公司|我司|本公司|本单位|我院|我校|本院|该)?(?:在职|正式)?(?:员工|职工|职员|同事|教师|医生)?"
    openings = ("兹证明|兹有|现证明|特证明|茲证明", r"(?<=\n)\s*证明", "姓名|员工姓名|职工姓名")
    starts = [rf"(?:{opening})[\s:,]*{who}[\s:,_]*{_NAME_CHARACTERS}{_NAME_ENDS}" for opening in openings]
    # Some letters begin with the person.
    starts.append(rf"(?<=\n)\s*{_NAME_CHARACTERS}\s*(?:先生|女士|同志|小姐)?\s*[,(]\s*(?:性别|男|女|身份证|系)")
    return next((name for start in starts if (name := letter.find(start, _named))), None)


def _named(text: str) -> str | None:
    name = person_name(text)
    return None if name is None or re.search("公司|单位|收入|证明|员工|职工", name) else name


def _employer(letter: Letter) -> Field | None:
    """At the signature first; a letter may begin with the bank it is written to."""
    end = rf"([{HAN}A-Za-z0-9()&·]{{2,40}}?{_COMPANY})"
    signed = letter.find(
        rf"(?:单位名称|公司名称|单位全称|公司全称|企业名称|用人单位|工作单位|出具单位|开具单位|证明单位|单位|公司)"
        rf"\s*(?:\((?:盖章|公章|签章|盖公章|全称|加盖公章)\)|[:\t])[\s:]*{end}(?=[^{HAN}]|$)"
    )
    lines = list(letter.search(rf"(?m)^\s*{end}(?:\s*\((?:盖章|公章|签章|章)\))?\s*(?=$|\t|\d{{4}})"))
    if signed is None and lines:
        signed = letter.field(*lines[-1].span(1), lines[-1][1])
    return signed or letter.find(
        rf"(?:系|为|是|在|于|任职于|就职于)\s*{end}(?=[^{HAN}]|$|的|正式|在职|员工|职工|工作|任|担任)"
    )


def _issued_on(letter: Letter) -> Field | None:
    """The date under the signature: the last one that stands at the end of a line, else the last but for one within."""
    matches = list(letter.search(rf"({DATE})\s*日?(?=\s*(?:\n|\t|$))"))
    matches = matches or list(letter.search(rf"(?:日期|开具|出具)[^\n\d]{{0,8}}({DATE})"))
    if not matches:
        return None
    value = iso_date(matches[-1][1])
    return letter.field(*matches[-1].span(1), value) if value else None


def _same(fields: dict[str, Field], amount: str) -> bool | None:
    """Whether figures and capitals say the same; None when one is missing or was taken from the other."""
    if amount not in fields or "amount_in_words" not in fields or fields[amount].box == fields["amount_in_words"].box:
        return None
    return capitals_fen(fields["amount_in_words"].value) == int(fields[amount].value)


def _standing(fields: dict[str, Field], same: bool | None, amount: str) -> tuple[set[str], set[str]]:
    pair = {amount, "amount_in_words"}
    agreed = set(pair) if same else set()
    doubted = set(pair) if same is False else set()
    if "id_number" in fields and not parse(fields["id_number"].value):
        doubted.add("id_number")
    return agreed, doubted


def _checks(fields: dict[str, Field], same: bool | None, today: date) -> tuple[Check, ...]:
    checks = []
    if same is not None:
        checks.append(
            Check("amount_in_words", same, "error", "大小写金额一致", "The amount in figures is the one in words")
        )
    if "id_number" in fields:
        checks += number_checks(fields["id_number"].value, today)
    if "issued_on" in fields:
        checks.append(recent(fields["issued_on"].value, today))
    return tuple(checks)


KIND = Kind(
    "income_certificate",
    {
        "(?:收入|在职|工作|薪资|工资|薪酬|职业)(?:及收入|和收入|与收入|收入)?(?:情况)?证明": 0.7,
        "兹证明|兹有|现证明": 0.5,
        "特此证明": 0.4,
        "月(?:平?均)?(?:总|税前|税后|工资)?收入|年(?:薪|收入)|月薪|每月.{0,10}收入": 0.3,
    },
    _read,
)
