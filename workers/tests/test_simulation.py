import httpx
import pytest

from portal.domain.identity import IdNumber, parse_bank_card, parse_mobile, parse_name
from portal.testing.intake import QUESTIONS
from workers.sandbox.personas import PERSONAS, get_persona
from workers.sandbox.simulate import sandbox_beside
from workers.sandbox.simulation.browser import Browser, Refused
from workers.sandbox.simulation.journey import Result
from workers.sandbox.simulation.people import Borrower, borrower_of, draw_borrower
from workers.sandbox.simulation.report import line_of, summarise, text_of

PEOPLE = [draw_borrower(seed * 100_000 + number) for seed in (0, 1, 9_999) for number in (1, 2, 3)]
TYPED = [question for question in QUESTIONS if question.widget not in ("document", "consents")]


@pytest.mark.parametrize("borrower", [*PEOPLE, borrower_of(get_persona("approve"))], ids=lambda one: one.mobile)
def test_everybody_can_answer_everything(borrower: Borrower) -> None:
    for question in TYPED:
        question.parse(borrower.answers[question.slot])
    assert parse_mobile(borrower.mobile) == borrower.mobile
    assert parse_bank_card(borrower.answers["bank_card"])
    assert parse_name(borrower.answers["name"]) == borrower.person.name
    assert IdNumber.parse(borrower.answers["id_number"]).birth_date == borrower.person.birth_date


def test_nobody_shares_a_phone_a_card_or_a_number() -> None:
    everybody = [*PEOPLE, *map(borrower_of, PERSONAS)]
    for shown in (
        [one.mobile for one in everybody],
        [one.answers["bank_card"] for one in everybody],
        [one.answers["id_number"] for one in everybody],
    ):
        assert len(set(shown)) == len(everybody)


def test_the_same_number_is_the_same_person() -> None:
    again = draw_borrower(1)
    assert again == draw_borrower(1)
    assert again.photograph("id_front") == again.photograph("id_front")
    assert again != draw_borrower(2)


@pytest.mark.parametrize("proof", ["payslip", "bank_statement", "income_certificate"])
def test_every_document_is_drawn(proof: str) -> None:
    borrower = next(one for one in map(draw_borrower, range(1, 100)) if one.proof == proof)
    start = b"%PDF-" if proof == "bank_statement" else b"\xff\xd8\xff"
    assert borrower.photograph("income_proof").content.startswith(start)
    assert borrower.photograph("id_back").content.startswith(b"\xff\xd8\xff")


def test_the_sandbox_is_on_the_next_port() -> None:
    assert sandbox_beside("http://localhost:8000") == "http://localhost:8001"
    assert sandbox_beside("http://house") == "http://house:81"


async def test_a_browser_sends_what_the_page_carries() -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            form = '<form method="post" action="/go"><input name="_csrf" value="t"><input name="name"></form>'
            return httpx.Response(200, html=f"<h1>您的姓名</h1>{form}")
        sent.append(request.content)
        return httpx.Response(422, html='<div id="error-summary"><ul><li>请填写姓名</li></ul></div>')

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://portal.test") as http:
        browser = Browser(http)
        await browser.open("/applications/XD0123456789/chat")
        assert browser.heading == "您的姓名"
        form = browser.form("/go")
        assert form is not None
        with pytest.raises(Refused, match=r"^422 at .*请填写姓名$"):
            await browser.send(form, {"name": "甲"})
    assert sent == [b"_csrf=t&name=%E7%94%B2"]


def test_a_report_counts_outcomes_times_and_problems() -> None:
    results = [
        Result(1, "approved", "XD1", 1.0, 10.0),
        Result(2, "declined", "XD2", 3.0, 5.0),
        Result(3, "failed", "XD3", problem="payout: stuck"),
        Result(4, "failed", problem="payout: stuck"),
    ]
    summary = summarise(results, seed=7, seconds=12)
    assert summary["outcomes"] == {"approved": 1, "referred": 0, "declined": 1, "failed": 2}
    assert summary["submit_to_decision"] == {"p50": 2.0, "p95": 2.9}
    assert summary["problems"] == {"payout: stuck": 2}
    assert "1 approved, 0 referred, 1 declined, 2 failed (seed 7)" in text_of(summary)
    assert "failed" in line_of(results[3])
    assert "decided 1.0 s" in line_of(results[0])
    assert summarise([], seed=1, seconds=0)["whole"] == {"p50": None, "p95": None}
