"""What an answer does to others: what is set aside, and when it comes back."""

from portal.script.catalogue import scripts
from portal.script.question import Answers
from portal.script.settling import Settled, settle
from portal.script.validators import AnswerValue

BEGUN: Answers = {
    "product": "consumer",
    "amount": 15_000_000,
    "term": 24,
    "purpose": "travel",
    "id_front": "card 1",
    "name": "陈晓明",
    "id_number": "number 1",
    "employment": "employed",
    "income_proof": "payslip 1",
    "employer": "甲公司",
    "monthly_income": 1_200_000,
    "kept_income": "keep",
}


def after(*changes: tuple[str, AnswerValue], begun: Answers = BEGUN) -> Settled:
    """One answer after the other; another product changes the catalogue."""
    settled = Settled(begun, {})
    for slot, value in changes:
        before = scripts().open(str(settled.values["product"]))
        catalogue = scripts().open(str(value)) if slot == "product" else before
        settled = settle(before, catalogue, settled.values, settled.aside, {slot: value}, str.encode)
    return settled


def test_nothing_depends_on_the_amount() -> None:
    assert after(("amount", 6_000_000)) == Settled({**BEGUN, "amount": 6_000_000}, {})


def test_what_depends_on_an_answer_is_set_aside_and_what_depends_on_that() -> None:
    assert after(("employment", "civil_servant")).dropped == ("employer",)
    retired = after(("employment", "retired"))
    assert retired.dropped == ("income_proof", "employer", "monthly_income", "kept_income")
    assert after(("id_front", "card 2")).dropped == ("name", "id_number")
    assert after(("monthly_income", 1_300_000)).dropped == ("kept_income",)


def test_it_comes_back_when_all_is_as_it_was() -> None:
    there_and_back = after(("employment", "retired"), ("employment", "employed"))
    assert there_and_back.brought_back == ("income_proof", "employer", "monthly_income", "kept_income")
    assert there_and_back.values == BEGUN
    assert there_and_back.aside == {}


def test_it_stays_away_while_anything_is_otherwise() -> None:
    elsewhere = after(("employment", "retired"), ("amount", 6_000_000), ("term", 12))
    assert set(elsewhere.aside) == {"income_proof", "employer", "monthly_income", "kept_income"}
    other_paper = after(("monthly_income", 1_300_000), ("income_proof", "payslip 2"), ("monthly_income", 1_200_000))
    assert "kept_income" not in other_paper.values
    civil = after(("employment", "retired"), ("employment", "civil_servant"))
    assert set(civil.aside) == {"employer"}


def test_a_newer_answer_is_not_overruled_by_an_older_one() -> None:
    answered = after(("employment", "civil_servant"), ("employer", "乙局"), ("employment", "employed"))
    assert "employer" not in answered.values
    assert answered.aside["employer"].value == "乙局"


def test_another_product_keeps_what_it_takes() -> None:
    education = after(("product", "education"))
    assert education.dropped == ("amount", "purpose")
    assert education.values["term"] == 24
    assert after(("product", "education"), ("product", "consumer")).values == BEGUN
    renovation = after(("product", "renovation"), ("purpose", "renovation"), ("home_holder", "own"))
    assert set(renovation.aside) == set()
    settled = after(
        ("product", "renovation"), ("purpose", "renovation"), ("work_begins", "later"), ("purpose", "appliance")
    )
    assert settled.dropped == ("work_begins",)


def test_what_is_volunteered_stays_when_its_question_comes() -> None:
    assert after(("employer", "甲公司"), ("employment", "employed"), begun={"product": "consumer"}).values == {
        "product": "consumer",
        "employer": "甲公司",
        "employment": "employed",
    }
    named = after(("name", "陈晓明"), ("id_front", "card 1"), begun={"product": "consumer"})
    assert named.values["name"] == "陈晓明"
    assert "name" not in after(("id_front", "card 2"), begun=named.values).values
