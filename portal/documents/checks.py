"""What papers and answers say about each other, all in one place. Pure: views in, findings out.

The reader's own checks look at one document; these hold documents against the answers and against one another. A
finding that fails is asked once in the chat, by a question of the script, and if it stays, a person looks
(portal.underwriting). Only fields that are sure take part: what was read poorly is unknown, never a reproach.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.db.models import DocumentState
from portal.documents.queries import DocumentView, FieldView
from portal.domain.identity import LONG_TERM, IdNumber, InvalidIdentity, fold_name
from portal.domain.text import N_

Severity = Literal["warning", "error"]

FOR_EVER = date.max

INCOME_FIELDS: Mapping[str, tuple[str, ...]] = {
    "payslip": ("net_pay", "gross_pay"),
    "income_certificate": ("monthly_income",),
    "bank_statement": ("salary_monthly",),
    "fund_statement": ("base",),
}
"""What of each kind is the monthly income after tax, the best first: the instalment is paid from it."""

INCOME_SLOTS = ("income_proof", "income_extra")

INCOME_GAP_BP = 2_500
"""An answer within a quarter of what is proven is the same income: people answer in round figures, and overtime and
bonus move a single month by so much; a thirteenth salary spread over the year is a twelfth of it."""

INFLOW_GAP_BP = 2_500
"""A payslip shows one month, a statement the average of several: the same quarter."""

_COMPANY_FORM = re.compile(r"(股份|有限|责任|总|分)*公司\Z|集团\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """`label` names the check, `sentence` says what is wrong, to staff; what the applicant is asked stands in the
    script. `answer` and `document` are the slots of what can be corrected or sent again. Message ids."""

    id: str
    severity: Severity
    label: str
    sentence: str
    answer: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two things that differ. `name` is the field's, which tells how the value is written; `slot` the
    document it stands on, empty for an answer."""

    label: str
    name: str
    value: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """`passed` None: one side is missing or not sure. `sides` are those of a check that failed."""

    rule: Rule
    passed: bool | None
    sides: tuple[Side, ...] = ()


_ON = {
    "id_front": N_("身份证上的"),
    "id_back": N_("身份证上的"),
    "income_proof": N_("收入证明上的"),
    "income_extra": N_("补充材料上的"),
}
_SAID = N_("您填写的")

RULES: tuple[Rule, ...] = (
    Rule(
        "id_name",
        "error",
        N_("身份证姓名与填写一致"),
        N_("身份证上的姓名与填写的姓名不同。"),
        "name",
        "id_front",
    ),
    Rule(
        "id_number",
        "error",
        N_("身份证号与填写一致"),
        N_("身份证上的号码与填写的号码不同。"),
        "id_number",
        "id_front",
    ),
    Rule(
        "id_birth_date",
        "error",
        N_("出生日期与身份证号一致"),
        N_("身份证上的出生日期与填写的身份证号不符。"),
        "id_number",
        "id_front",
    ),
    Rule(
        "id_consistent",
        "error",
        N_("身份证各项内容相互一致"),
        N_("身份证上的号码、出生日期或性别相互不符。"),
        document="id_front",
    ),
    Rule(
        "id_expiry",
        "error",
        N_("身份证在有效期内"),
        N_("身份证已过有效期。"),
        document="id_back",
    ),
    Rule(
        "proof_name",
        "error",
        N_("收入证明是本人的"),
        N_("收入证明上的姓名与填写的姓名不同。"),
        "name",
        "income_proof",
    ),
    Rule(
        "proof_totals",
        "error",
        N_("收入证明的金额相互一致"),
        N_("收入证明上的金额加起来对不上。"),
        document="income_proof",
    ),
    Rule(
        "proof_recent",
        "warning",
        N_("收入证明是近期的"),
        N_("收入证明不是近期的。"),
        document="income_proof",
    ),
    Rule(
        "employer",
        "warning",
        N_("单位与收入证明一致"),
        N_("收入证明上的单位与填写的单位不同。"),
        "employer",
        "income_proof",
    ),
    Rule(
        "income",
        "warning",
        N_("收入与收入证明相近"),
        N_("填写的月收入与收入证明相差超过四分之一。"),
        "monthly_income",
        "income_proof",
    ),
    Rule(
        "inflows",
        "warning",
        N_("工资与银行流水相近"),
        N_("工资条或收入证明上的收入与银行流水相差超过四分之一。"),
        document="income_extra",
    ),
    Rule("edited", "warning", N_("图片没有改动痕迹"), N_("图片可能被修改过，请放大核对。")),
)
"""In the order in which they are asked."""

BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}


def cross_check(documents: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> tuple[Finding, ...]:
    """Every rule, in order, on `day` in China. Only documents that were read take part."""
    read = {slot: one for slot, one in documents.items() if one.state is DocumentState.READ}
    return tuple(Finding(rule, *_judge(rule, read, answers, day)) for rule in RULES)


Verdict = tuple[bool | None, tuple[Side, ...]]
_UNKNOWN: Verdict = (None, ())


def _judge(rule: Rule, read: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Verdict:
    if rule.id in _COMPARED:
        return _compare(rule, read, answers, *_COMPARED[rule.id])
    return _OTHERS[rule.id](read, answers, day)


def _compare(
    rule: Rule,
    read: Mapping[str, DocumentView],
    answers: Mapping[str, Any],
    slots: tuple[str, ...],
    name: str,
    same: Callable[[str, str], bool],
) -> Verdict:
    """Every document that carries the field against the answer; the first that differs is the one to speak of."""
    said = answers.get(rule.answer)
    if said is None:
        return _UNKNOWN
    seen = False
    for slot in slots:
        field = _found(read.get(slot), name)
        if field is None:
            continue
        if same(str(said), field.value):
            # What the person knows by heart and the reader half saw agree by themselves.
            seen = seen or field.is_sure or field.level == "medium"
        elif field.is_sure:
            shown = str(said) if name != "birth_date" else _birth_date(str(said))
            return False, (Side(_SAID, name, shown), Side(_ON[slot], name, field.value, slot))
        else:
            return _UNKNOWN
    return (True, ()) if seen else _UNKNOWN


def _found(document: DocumentView | None, name: str) -> FieldView | None:
    return document.fields.get(name) if document is not None else None


def sure(document: DocumentView | None, name: str) -> FieldView | None:
    """The field, if something may rest on it."""
    field = _found(document, name)
    return field if field is not None and field.is_sure else None


def same_name(one: str, other: str) -> bool:
    """Names are compared without spaces and with every middle dot the same."""
    return fold_name(one) == fold_name(other)


def _birth_date(number: str) -> str:
    try:
        return IdNumber.parse(number).birth_date.isoformat()
    except InvalidIdentity:
        return ""


def _same_birth(number: str, printed: str) -> bool:
    return _birth_date(number) == printed


def same_employer(one: str, other: str) -> bool:
    """The same company, written out or for short: without its legal form, one name holds the other."""
    short, long_ = sorted((_company(one), _company(other)), key=len)
    return len(short) >= 2 and short in long_


def _company(name: str) -> str:
    plain = re.sub(r"[\s()（）·,，.。-]+", "", unicodedata.normalize("NFKC", name)).casefold()
    return _COMPANY_FORM.sub("", plain)


_COMPARED: Mapping[str, tuple[tuple[str, ...], str, Callable[[str, str], bool]]] = {
    "id_name": (("id_front",), "name", same_name),
    "id_number": (("id_front",), "id_number", str.__eq__),
    "id_birth_date": (("id_front",), "birth_date", _same_birth),
    "proof_name": (INCOME_SLOTS, "name", same_name),
    "employer": (INCOME_SLOTS, "employer", same_employer),
}


def monthly_income(document: DocumentView | None) -> tuple[str, int] | None:
    """The field and the amount in fen that a proof shows as a month's income; None when it is not sure."""
    if document is None:
        return None
    for name in INCOME_FIELDS.get(document.kind or "", ()):
        field = sure(document, name)
        if field is not None:
            return name, int(field.value)
    return None


def expiry(read: Mapping[str, DocumentView]) -> date | None:
    """The last day of the card; None when it is not sure. 长期 lasts for ever."""
    end = sure(read.get("id_back"), "valid_to")
    if end is None:
        return None
    return FOR_EVER if end.value == LONG_TERM else date.fromisoformat(end.value)


def _income(read: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Verdict:
    said = answers.get("monthly_income")
    shown = {slot: amount for slot in INCOME_SLOTS if (amount := monthly_income(read.get(slot))) is not None}
    if said is None or not shown:
        return _UNKNOWN
    if any(_near(said, fen, INCOME_GAP_BP) for _, fen in shown.values()):
        return True, ()
    slot, (name, fen) = next(iter(shown.items()))
    return False, (Side(_SAID, "monthly_income", str(said)), Side(_ON[slot], name, str(fen), slot))


def _inflows(read: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Verdict:
    """What a payslip or certificate says against what came into the account."""
    papers = [(slot, read[slot], monthly_income(read[slot])) for slot in INCOME_SLOTS if slot in read]
    paid = next((one for one in papers if one[1].kind == "bank_statement" and one[2]), None)
    told = next((one for one in papers if one[1].kind in ("payslip", "income_certificate") and one[2]), None)
    if paid is None or told is None or paid[2] is None or told[2] is None:
        return _UNKNOWN
    if _near(told[2][1], paid[2][1], INFLOW_GAP_BP):
        return True, ()
    return False, tuple(
        Side(_ON[slot], name, str(fen), slot) for slot, (name, fen) in ((told[0], told[2]), (paid[0], paid[2]))
    )


def _near(one: int, other: int, gap_bp: int) -> bool:
    return abs(one - other) * 10_000 <= other * gap_bp


def _id_expiry(read: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Verdict:
    end = expiry(read)
    if end is None:
        return _UNKNOWN
    return (True, ()) if end >= day else (False, (Side(_ON["id_back"], "valid_to", end.isoformat(), "id_back"),))


def _by_reader(slots: tuple[str, ...], wanted: Callable[[Mapping[str, Any]], bool]) -> Callable[..., Verdict]:
    """What the reader itself checked on these documents; unknown when it could check nothing of the sort."""

    def judge(read: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Verdict:
        results = [
            _stands(check, read[slot]) for slot in slots if slot in read for check in read[slot].checks if wanted(check)
        ]
        if False in results:
            return False, ()
        return (True, ()) if results and None not in results else _UNKNOWN

    return judge


def _stands(check: Mapping[str, Any], document: DocumentView) -> bool | None:
    """A check that failed on a misread figure says nothing once staff have read the figure."""
    return bool(check["passed"]) or (None if _is_mended(document) else False)


def _is_mended(document: DocumentView) -> bool:
    return any(field.provenance == "staff_corrected" for field in document.fields.values())


def _is_edit_hint(check: Mapping[str, Any]) -> bool:
    return str(check["id"]).startswith("edited")


def _is_recency(check: Mapping[str, Any]) -> bool:
    return bool(check["id"] == "recent")


def _is_serious(check: Mapping[str, Any]) -> bool:
    return bool(check["severity"] == "error") and not _is_edit_hint(check)


_OTHERS: Mapping[str, Callable[[Mapping[str, DocumentView], Mapping[str, Any], date], Verdict]] = {
    "id_consistent": _by_reader(("id_front",), _is_serious),
    "id_expiry": _id_expiry,
    "proof_totals": _by_reader(INCOME_SLOTS, _is_serious),
    "proof_recent": _by_reader(INCOME_SLOTS, _is_recency),
    "income": _income,
    "inflows": _inflows,
    "edited": _by_reader(("id_front", "id_back", *INCOME_SLOTS), _is_edit_hint),
}


def list_mismatches(findings: tuple[Finding, ...]) -> Iterator[str]:
    """The ids of the checks that failed."""
    for finding in findings:
        if finding.passed is False:
            yield finding.rule.id
