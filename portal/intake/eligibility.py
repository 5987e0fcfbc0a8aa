"""Ineligible is not invalid: the answers are right, but we can't lend on them, and we say so before asking more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.applications.product import MAX_AGE_AT_END, MIN_AGE
from portal.domain.identity import IdNumber, age_on
from portal.domain.money import add_months
from portal.domain.text import N_
from portal.script.question import Answers


@dataclass(frozen=True, slots=True)
class Ineligibility:
    """Why, and what can help: sentences, and the slots whose answers may be changed."""

    title: str
    sentence: str
    help: str
    change: tuple[str, ...]


def find_ineligibility(answers: Answers, terms_months: Sequence[int], today: date) -> Ineligibility | None:
    """The first rule of age that the answers can't meet; None when there is none or too little is known.

    `terms_months` are those that the product offers."""
    number = answers.get("id_number")
    if not isinstance(number, str):
        return None
    born = IdNumber(number).birth_date
    if age_on(born, today) < MIN_AGE:
        return Ineligibility(
            N_("目前还不能为您办理"),
            N_("我们只为年满 22 周岁的申请人办理借款，按身份证号计算，您还没有到这个年龄。"),
            N_("如果身份证号填错了，请更改。没有填错的话，可以在年满 22 周岁以后再来申请，这次不会查询您的征信。"),
            ("id_number",),
        )
    term = answers.get("term")
    if isinstance(term, int) and _age_at_end(born, today, term) > MAX_AGE_AT_END:
        shorter = _age_at_end(born, today, min(terms_months)) <= MAX_AGE_AT_END
        return Ineligibility(
            N_("这个期限不能为您办理"),
            N_("我们要求还清借款时不超过 60 周岁，按您选的期限计算会超过这个年龄。"),
            N_("您可以选短一些的期限。如果身份证号填错了，也可以更改。这次不会查询您的征信。")
            if shorter
            else N_("如果身份证号填错了，请更改。没有填错的话，可以联系客服了解其他办法。这次不会查询您的征信。"),
            ("term", "id_number") if shorter else ("id_number",),
        )
    return None


def _age_at_end(born: date, today: date, months: int) -> int:
    return age_on(born, add_months(today, months))
