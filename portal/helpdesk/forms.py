"""What staff type: a search that finds out what it was given, reasons, decisions, notes."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from portal.db.models import Outcome
from portal.domain.errors import Invalid
from portal.domain.identity import IdNumber, clean_digits, mask_mobile, mask_name, parse_mobile, parse_name
from portal.domain.text import N_
from portal.helpdesk.wording import OTHER, REASONS, REVEALS

SearchKind = Literal["reference", "name", "mobile", "id_number"]

_ASK = N_("请输入完整的姓名、手机号、身份证号或申请编号。")
_WHAT = N_("请选择要查看的内容。")
_MAX_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Search:
    """`value` is in normal form; `shown` is what may be printed back."""

    kind: SearchKind
    value: str
    shown: str


def parse_search(text: str) -> Search:
    """Tell a reference, an ID number, a phone number and a name apart; raises Invalid with what would be complete."""
    compact = clean_digits(text)
    if re.fullmatch(r"XD[0-9A-Z]{10}", compact):
        return Search("reference", compact, compact)
    if re.fullmatch(r"[0-9]{17}[0-9X]", compact):
        number = IdNumber.parse(compact)
        return Search("id_number", number.value, number.masked)
    try:
        if re.fullmatch(r"\+?[0-9]+", compact):
            mobile = parse_mobile(compact)
            return Search("mobile", mobile, mask_mobile(mobile))
        name = parse_name(text)
    except Invalid:
        raise Invalid({"q": _ASK}) from None
    return Search("name", name, mask_name(name))


@dataclass(frozen=True, slots=True)
class RevealForm:
    """`document` is set for the kind of that name only."""

    kind: str
    reason: str
    note: str
    document: UUID | None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "RevealForm":
        """`kind` is a code of REVEALS, or `document:<id>`; raises Invalid until there is a reason."""
        kind, _, document = fields.get("kind", "").partition(":")
        if kind not in REVEALS or (kind == "document") is not bool(document):
            raise Invalid({"kind": _WHAT})
        identified = _uuid(document) if document else None
        reason, note = fields.get("reason", ""), fields.get("note", "")
        if reason not in REASONS:
            raise Invalid({"reason": N_("请先选择查看原因。")})
        if reason == OTHER and len(note) < 4:
            raise Invalid({"note": N_("请写明查看原因，至少 4 个字。")})
        return cls(kind, reason, _bounded(note), identified)


@dataclass(frozen=True, slots=True)
class DecideForm:
    """`amount_fen` None: the whole of what the policy allows. `version` is the application's as it was shown."""

    outcome: Outcome
    amount_fen: int | None
    comment: str
    version: int

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "DecideForm":
        """Raises Invalid; how long a comment must be is the service's rule."""
        outcome = fields.get("outcome", "")
        if outcome not in (Outcome.APPROVED, Outcome.DECLINED):
            raise Invalid({"outcome": N_("请选择批准或不批准。")})
        amount = fields.get("amount", "")
        approved = outcome == Outcome.APPROVED
        version = fields.get("version", "")
        return cls(
            Outcome(outcome),
            _parse_yuan(amount) if approved and amount else None,
            _bounded(fields.get("comment", ""), "comment"),
            int(version) if version.isdecimal() and version.isascii() and len(version) < 9 else 0,
        )


def parse_note(fields: Mapping[str, str]) -> str:
    """What staff write about a case; raises Invalid."""
    text = fields.get("text", "")
    if len(text) < 2:
        raise Invalid({"text": N_("请先写下备注内容。")})
    return _bounded(text, "text")


def _bounded(text: str, name: str = "note") -> str:
    if len(text) > _MAX_NOTE:
        raise Invalid({name: N_("内容太长，请控制在 2000 字以内。")})
    return text


def _parse_yuan(text: str) -> int:
    """Whole yuan, as `50000`, `50,000` or `¥50,000.00`, in fen."""
    match = re.fullmatch(r"¥?\s*([0-9][0-9,]{0,11})(?:\.00?)?\s*元?", unicodedata.normalize("NFKC", text))
    if match is None:
        raise Invalid({"amount": N_("请填写批准的金额，整数元，例如 50000。")})
    return int(match[1].replace(",", "")) * 100


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"kind": _WHAT}) from None
