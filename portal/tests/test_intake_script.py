import time
from contextlib import suppress
from datetime import date

import pytest

from portal.domain.errors import Invalid
from portal.domain.money import add_months
from portal.intake.consents import consent_texts, known_texts
from portal.intake.eligibility import find_ineligibility
from portal.script.amounts import NotAnAmount, parse_yuan
from portal.script.catalogue import scripts
from portal.testing.intake import ALL_KINDS, LENDER, id_number

TODAY = date(2026, 11, 24)
CONSUMER = scripts().open("consumer")


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("50000", 50_000),
        ("50,000", 50_000),
        ("５００００元", 50_000),
        ("¥50,000.00", 50_000),
        ("5万", 50_000),
        ("2.5w", 25_000),
        ("五万", 50_000),
        ("三万五", 35_000),
        ("3万5", 35_000),
        ("3万5千", 35_000),
        ("一万零五百", 10_500),
        ("十五万", 150_000),
        ("1万5000", 15_000),
        ("两千三百五十", 2_350),
        ("8,500元左右", 8_500),
        ("5k", 5_000),
        ("0", 0),
    ],
)
def test_sums_as_people_write_them(text: str, yuan: int) -> None:
    assert parse_yuan(text) == yuan * 100


@pytest.mark.parametrize("text", ["", "万", "五五", "abc", "5万万", "-5", "1.234", "5 0 万 0 0 万", "1" * 30, "∞"])
def test_what_is_no_sum(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_yuan(text)


@pytest.mark.parametrize("text", ["4999", "4000", "200001", "201000", "50500", "5000.50", "0"])
def test_amounts_outside_the_product(text: str) -> None:
    amount = CONSUMER.find("amount")
    assert amount is not None
    with pytest.raises(Invalid):
        amount.parse(text)


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("term", "13"),
        ("purpose", "stocks"),
        ("name", "陈"),
        ("name", "<script>"),
        ("id_number", "110105199003077218"),
        ("id_number", "11010519900307"),
        ("employer", "x"),
        ("monthly_income", "100000000"),
        ("bank_card", "6222020200112231"),
        ("id_front", "anything"),
        ("consents", "all"),
    ],
)
def test_each_question_refuses_with_a_sentence(slot: str, text: str) -> None:
    question = CONSUMER.find(slot)
    assert question is not None
    with pytest.raises(Invalid) as refused:
        question.parse(text)
    assert refused.value.public.endswith("。")
    assert text not in refused.value.public or not text


@pytest.mark.parametrize(
    ("employment", "asked"), [("employed", True), ("self_employed", True), ("retired", False), ("student", False)]
)
def test_the_employer_is_asked_of_those_who_have_one(employment: str, asked: bool) -> None:
    slots = [question.slot for question in CONSUMER.applicable({"employment": employment})]
    assert ("employer" in slots) is asked


@pytest.mark.parametrize(
    ("born", "term", "change"),
    [
        (date(2004, 11, 24), 36, None),
        (date(2004, 11, 25), 12, ("id_number",)),
        (add_months(TODAY, -12 * 59), 18, None),
        (add_months(TODAY, -12 * 59), 24, ("term", "id_number")),
        (date(1966, 6, 1), 36, ("term", "id_number")),
        (date(1960, 1, 1), 6, ("id_number",)),
    ],
)
def test_ages_that_can_not_be_lent_to(born: date, term: int, change: tuple[str, ...] | None) -> None:
    found = find_ineligibility({"id_number": id_number(born), "term": term}, CONSUMER.product.terms_months, TODAY)
    assert (found.change if found else None) == change


def test_nothing_is_said_before_the_number_is_known() -> None:
    assert find_ineligibility({"term": 36}, CONSUMER.product.terms_months, TODAY) is None


def test_four_consents_in_two_languages() -> None:
    for language in ("zh", "en"):
        texts = consent_texts(language, LENDER)
        assert {text.kind for text in texts} == ALL_KINDS
        assert all("{" not in "".join(text.paragraphs) for text in texts)
    assert len(known_texts(LENDER)) == 8
    assert known_texts("另一家").keys().isdisjoint(known_texts(LENDER))


@pytest.mark.parametrize("text", ["24", "24 个月", "24个月", "24期"])
def test_a_term_as_people_write_it(text: str) -> None:
    question = CONSUMER.find("term")
    assert question is not None
    assert question.parse(text) == 24


@pytest.mark.parametrize("text", ["1" + " " * 9_998 + "x", "·" * 10_000, "9" * 10_000])
def test_no_answer_keeps_the_process_busy(text: str) -> None:
    """The longest text a form may hold; one process answers everybody."""
    began = time.process_time()
    for question in CONSUMER.questions:
        with suppress(Invalid):
            question.parse(text)
    assert time.process_time() - began < 0.5
