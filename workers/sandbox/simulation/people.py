"""Invented applicants with everything a conversation asks for, and the documents they would photograph."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from workers.sandbox.personas import Persona
from workers.sandbox.specimens import (
    Person,
    make_person,
    make_statement,
    photo,
    render_id_back,
    render_id_front,
    render_income_certificate,
    render_payslip,
    render_statement,
    to_jpeg,
    to_pdf,
)
from workers.sandbox.specimens.payslip import pay_of

CARD_RANGE = "62000000"
"""Payment processors use numbers of this range for tests; no bank has given them out."""

BIRTH_YEARS = 1975, 2001
"""Within the product's bounds whatever the term, so that everybody drawn may apply (until 2033). Fixed years, because
the bureau's answer hangs on the ID number: the same people get the same answers for years."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a phone sends it."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Borrower:
    """`answers` holds what is typed or tapped, by slot; documents and consents aside. `unsteadiness` seeds
    the camera, `proof` is the kind of income proof."""

    person: Person
    mobile: str
    answers: dict[str, str]
    proof: str
    unsteadiness: int

    def photograph(self, slot: str) -> Upload:
        """The document of a slot; about half a second of drawing."""
        kind = self.proof if slot == "income_proof" else slot
        return _DOCUMENTS[kind](self.person, self.unsteadiness)


def borrower_of(persona: Persona, *, mobile: str = "") -> Borrower:
    """A persona as a borrower; `mobile` replaces the persona's own number."""
    loan = {"amount": persona.amount_fen // 100, "term": persona.term_months}
    costs = {"housing_cost": persona.housing_fen // 100, "other_debt": persona.other_debt_fen // 100}
    return Borrower(
        person=persona.person,
        mobile=mobile or persona.mobile,
        answers=_answers(persona.person, loan | costs, bank_card=persona.bank_card),
        proof="payslip",
        unsteadiness=len(persona.slug),
    )


def draw_borrower(number: int) -> Borrower:
    """The same number gives the same person; different ones share neither phone, card nor documents."""
    rng = random.Random(number)  # noqa: S311 - reproducible people, not secrets
    born = date(rng.randint(*BIRTH_YEARS), 1, 1) + timedelta(days=rng.randrange(365))
    person = make_person(number, birth_date=born)
    net_yuan = pay_of(person).net_fen // 100
    loan = {
        "amount": min(200_000, max(5_000, net_yuan * rng.randint(1, 8) // 1000 * 1000)),
        "term": rng.choice((6, 12, 18, 24, 36)),
        "purpose": rng.choice(("renovation", "education", "medical", "travel", "appliance", "wedding", "other")),
        "marital_status": rng.choice(("single", "married", "divorced")),
        "education": rng.choice(("senior_high", "college", "bachelor", "master")),
        "housing_cost": net_yuan * rng.randint(0, 20) // 100,
        "other_debt": 0,
    }
    return Borrower(
        person=person,
        mobile=f"1{rng.choice('3578')}{number % 10**9:09d}",
        answers=_answers(person, loan, bank_card=_card_number(number)),
        proof=rng.choice(("payslip", "payslip", "bank_statement", "income_certificate")),
        unsteadiness=number,
    )


def _answers(person: Person, given: Mapping[str, int | str], *, bank_card: str) -> dict[str, str]:
    """What is not given: a renovating, employed, unmarried graduate whose stated income is the payslip's."""
    usual: dict[str, int | str] = {
        "purpose": "renovation",
        "name": person.name,
        "id_number": person.id_number,
        "marital_status": "single",
        "education": "bachelor",
        "employment": "employed",
        "employer": person.employer,
        "monthly_income": pay_of(person).net_fen // 100,
        "bank_card": bank_card,
    }
    return {slot: str(value) for slot, value in {**usual, **given}.items()}


def _card_number(number: int) -> str:
    """Nineteen digits whose last one is Luhn's."""
    first = f"{CARD_RANGE}{number % 10**10:010d}"
    doubled = [int(digit) * (1 if place % 2 else 2) for place, digit in enumerate(reversed(first))]
    return first + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def _front(person: Person, seed: int) -> Upload:
    return Upload("front.jpg", "image/jpeg", to_jpeg(photo(render_id_front(person), seed)))


def _back(person: Person, seed: int) -> Upload:
    return Upload("back.jpg", "image/jpeg", to_jpeg(photo(render_id_back(person), seed + 1)))


def _payslip(person: Person, seed: int) -> Upload:
    return Upload("payslip.jpg", "image/jpeg", to_jpeg(photo(render_payslip(person), seed + 2)))


def _certificate(person: Person, seed: int) -> Upload:
    return Upload("income.jpg", "image/jpeg", to_jpeg(photo(render_income_certificate(person), seed + 2)))


def _statement(person: Person, seed: int) -> Upload:
    return Upload("statement.pdf", "application/pdf", to_pdf(render_statement(make_statement(person))))


_DOCUMENTS: dict[str, Callable[[Person, int], Upload]] = {
    "id_front": _front,
    "id_back": _back,
    "payslip": _payslip,
    "income_certificate": _certificate,
    "bank_statement": _statement,
}
