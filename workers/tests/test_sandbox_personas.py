from datetime import date

import pytest

from portal.domain.clock import now, today
from portal.domain.identity import IdNumber, InvalidIdentity, parse_bank_card, parse_mobile, parse_name
from scoring.decision import assess
from scoring.model import CHAMPION, load
from scoring.policy_file import load_policy
from workers.sandbox.personas import PERSONAS, Persona, find_persona, get_persona

DECIDED = [persona for persona in PERSONAS if persona.lane != "stop"]


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda p: p.slug)
def test_a_persona_can_fill_the_form(persona: Persona) -> None:
    person = persona.person
    assert parse_name(person.name) == person.name
    assert parse_mobile(persona.mobile) == persona.mobile
    assert parse_bank_card(persona.bank_card) == persona.bank_card
    assert find_persona(person.id_number) is persona
    if persona.slug == "bad_checksum":
        with pytest.raises(InvalidIdentity, match="校验位"):
            IdNumber.parse(person.id_number)
    else:
        number = IdNumber.parse(person.id_number)
        assert (number.birth_date, number.sex) == (person.birth_date, person.sex)
    assert (person.valid_to is None or person.valid_to >= today()) == (persona.slug != "expired_id")


def test_region_codes_belong_to_no_resident() -> None:
    assert all(persona.person.id_number[4:6] == "00" for persona in PERSONAS)


@pytest.mark.parametrize("persona", DECIDED, ids=lambda p: p.slug)
def test_a_persona_ends_where_the_page_says(persona: Persona) -> None:
    income = persona.person.monthly_income_fen
    report = {"report_id": "R", "issued_at": now().isoformat(), **persona.report(today())}
    record = assess(
        {
            "as_of": today().isoformat(),
            "application": {
                "amount_fen": persona.amount_fen,
                "term_months": persona.term_months,
                "declared_income_fen": income,
                "verified_income_fen": income,
                "housing_cost_fen": persona.housing_fen,
                "other_debt_fen": persona.other_debt_fen,
                "employment": "employed",
                "employment_months": 40,
            },
            "evidence": {
                "birth_date": persona.person.birth_date.isoformat(),
                "id_checksum_valid": True,
                "id_expires_on": (persona.person.valid_to or date.max).isoformat(),
                "identity_matches": True,
                "authorised": True,
                "mismatches": [],
            },
            "report": report,
            "fraud": {
                "watch_listed": persona.watched,
                "open_applications_same_id": 0,
                "running_loans_same_id": 0,
                "people_same_device": 0,
                "people_same_ip": 0,
                "people_same_bank_card": 0,
                "people_same_phone": 0,
                "names_match": True,
                "corrected_fields": [],
                "declared_income_fen": income,
                "proven_income_fen": income,
                "duplicate_documents": 0,
                "submissions_24h": 1,
            },
        },
        load(CHAMPION),
        load_policy(),
    )
    assert record.decision.lane == persona.lane, [(r.id, r.zh) for r in record.decision.rules if r.outcome != "pass"]


def test_unknown_personas_are_an_error() -> None:
    with pytest.raises(KeyError):
        get_persona("nobody")
