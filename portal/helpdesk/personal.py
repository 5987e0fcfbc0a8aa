"""What names or reaches a person: opened here, masked here, and handed on in clear only where a reason was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.applications.queries import AnswerValue, read_answers
from portal.db.uow import UnitOfWork
from portal.documents.wording import AMOUNTS
from portal.domain.identity import IdNumber, mask_bank_card, mask_mobile, mask_name
from portal.domain.money import format_yuan
from portal.helpdesk.queries import Case
from portal.helpdesk.wording import INCOME

HIDDEN_AMOUNT = "¥***"

# Dates of papers and who issued them tell nobody who somebody is.
_OPEN_FIELDS = frozenset(
    {"valid_from", "valid_to", "period", "period_from", "period_to", "issued_on", "paid_to", "authority"}
)

_ANSWERED = ("name", "id_number", "bank_card", "employer")


@dataclass(frozen=True, slots=True)
class Personal:
    """In clear. `values` is by kind of reveal, `answers` by slot; both empty for a person who was erased."""

    values: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, AnswerValue] = field(default_factory=dict)


async def read_personal(uow: UnitOfWork, case: Case) -> Personal:
    """One statement, for the answers: the key and the person came with the case."""
    if case.key is None:
        return Personal()
    answers = await read_answers(uow, case.application)
    person = case.applicant
    cipher = await uow.cipher(person.id)
    # Name and number as answered in this very application: the person's row follows whatever was typed last.
    values = {"mobile": cipher.open(f"applicant.mobile.{person.id}", person.mobile)}
    values |= {slot: str(answers[slot]) for slot in _ANSWERED if slot in answers}
    return Personal(values, answers)


def clear(kind: str, personal: Personal) -> tuple[str, ...]:
    """What a reveal shows, one text a line of `labels`; nothing when it was not given yet."""
    if kind == "income":
        amounts = (personal.answers.get(slot) for slot in INCOME)
        return tuple(format_yuan(amount) if isinstance(amount, int) else "—" for amount in amounts)
    return (personal.values[kind],) if kind in personal.values else ()


def masked(kind: str, personal: Personal) -> str:
    """The same for everybody's eyes; empty when it was not given yet."""
    if kind == "income":
        return HIDDEN_AMOUNT if "monthly_income" in personal.answers else ""
    value = personal.values.get(kind)
    return "" if value is None else mask_field(kind, value)


def mask_field(name: str, value: str) -> str:
    """A value by the name of its field, answered or read: what is not known to be harmless is hidden."""
    if name in _OPEN_FIELDS:
        return value
    if name in AMOUNTS:
        return HIDDEN_AMOUNT
    if name == "id_number":
        return IdNumber(value).masked if len(value) == 18 else "***"
    if name == "mobile":
        return mask_mobile(value)
    if name in ("bank_card", "account"):
        return mask_bank_card(value)
    if name == "birth_date":
        return f"{value[:4]}-**-**"
    if name == "name":
        return mask_name(value)
    return f"{value[:2]}***" if len(value) > 4 else "***"
