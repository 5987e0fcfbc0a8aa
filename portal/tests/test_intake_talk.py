"""Free words in the chat: several answers at once, corrections, questions on the way, a person, a fresh start."""

import httpx
import pytest
from sqlmodel import col, select

from portal.db.models import Application, Event, Exchange
from portal.db.uow import UnitsOfWork
from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.intake.replies import answer_of
from portal.intake.state import read_intake
from portal.script.catalogue import scripts
from portal.testing.cases import fill_draft
from portal.testing.factories import make_draft
from portal.testing.intake import QUESTIONS, read_application
from portal.testing.phone import Phone, sign_in
from portal.understanding.faq import entries

PROMPTS = {question.slot: question.prompt for question in QUESTIONS}
THREE = "想借五万块装修，分三年还"
HEARD = "我听懂的是："


@pytest.fixture
async def draft(units: UnitsOfWork) -> Application:
    return await make_draft(units)


@pytest.fixture
async def phone(client: httpx.AsyncClient, units: UnitsOfWork, draft: Application) -> Phone:
    signed_in = await sign_in(client, units, draft.applicant_id)
    await signed_in.open(f"/applications/{draft.reference}/chat")
    return signed_in


async def say(phone: Phone, text: str, slot: str) -> None:
    await phone.answer("", slot, say=text)


async def settle(phone: Phone, number: int, pick: str, **fields: str) -> None:
    reference = phone.path.split("/")[2]
    await phone.send(f"/applications/{reference}/heard/{number}", pick=pick, **fields)


async def answers(units: UnitsOfWork, draft: Application) -> dict[str, object]:
    async with units.begin() as uow:
        intake = await read_intake(uow, await read_application(uow, draft))
        return {slot: view.value for slot, view in intake.answers.items() if slot != "product"}


async def test_one_sentence_fills_three_after_a_yes(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    await phone.answer(THREE, "amount")
    assert phone.question == HEARD
    for words in (THREE, "借款金额", "50,000", "装修", "36 个月", "对，就这样"):
        assert words in phone.text
    assert await answers(units, draft) == {}
    await phone.open(f"/applications/{draft.reference}/chat")
    assert phone.question == HEARD
    await settle(phone, 1, "take", amount="50000", term="36", purpose="renovation")
    assert await answers(units, draft) == {"amount": 5_000_000, "term": 36, "purpose": "renovation"}
    assert phone.question == PROMPTS["id_front"]
    assert "记下了：" in phone.text


async def test_htmx_is_answered_with_what_was_said(client: httpx.AsyncClient, phone: Phone, draft: Application) -> None:
    fields = {**phone.hidden, "value": THREE}
    answer = await client.post(
        f"/applications/{draft.reference}/answers/amount", data=fields, headers={"HX-Request": "true"}
    )
    assert HEARD in answer.text
    assert THREE in answer.text


async def test_a_correction_before_the_yes_keeps_the_rest(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    await phone.answer(THREE, "amount")
    await say(phone, "不对，是六万", "amount")
    await settle(phone, 2, "take", amount="60000", term="36", purpose="renovation")
    assert await answers(units, draft) == {"amount": 6_000_000, "term": 36, "purpose": "renovation"}


async def test_a_correction_of_an_answer_shows_old_and_new(
    phone: Phone, units: UnitsOfWork, draft: Application
) -> None:
    await phone.answer("5万", "amount")
    assert phone.question == PROMPTS["term"]
    await say(phone, "金额改成六万", "term")
    assert phone.question == HEARD
    assert "50,000.00 元 → 改为 60,000.00 元" in phone.text.replace("¥", "") or "→" in phone.text
    assert (await answers(units, draft))["amount"] == 5_000_000
    await settle(phone, 1, "take", amount="60000")
    assert (await answers(units, draft))["amount"] == 6_000_000
    assert phone.question == PROMPTS["term"]


async def test_what_was_understood_can_be_changed_or_refused(
    phone: Phone, units: UnitsOfWork, draft: Application
) -> None:
    await phone.answer(THREE, "amount")
    await settle(phone, 1, "take", amount="4万", term="24", purpose="renovation")
    assert await answers(units, draft) == {"amount": 4_000_000, "term": 24, "purpose": "renovation"}
    assert "¥40,000.00" in phone.text
    assert "¥50,000.00" not in phone.text
    await say(phone, "金额改成八万", "id_front")
    await settle(phone, 2, "drop")
    assert (await answers(units, draft))["amount"] == 4_000_000
    assert "没有记下：" in phone.text


async def test_what_cannot_be_an_answer_is_refused_with_its_sentence(
    phone: Phone, units: UnitsOfWork, draft: Application
) -> None:
    await phone.answer("借三百块装修", "amount")
    assert phone.question == HEARD
    await settle(phone, 1, "take", amount="300", purpose="renovation")
    assert phone.status == 422
    assert await answers(units, draft) == {}
    await settle(phone, 1, "take", amount="5000", purpose="renovation")
    assert await answers(units, draft) == {"amount": 500_000, "purpose": "renovation"}


async def test_too_long_a_name_is_refused_though_some_of_it_sounds_like_money(
    client: httpx.AsyncClient, units: UnitsOfWork
) -> None:
    draft = await fill_draft(units)
    phone = await sign_in(client, units, draft.applicant_id)
    await phone.open(f"/applications/{draft.reference}/chat?edit=employer")
    await phone.answer("load=1>" * 20, "employer")
    assert (phone.status, phone.question) == (422, PROMPTS["employer"])
    assert "2 到 60 个字" in phone.text


async def test_a_question_while_an_answer_is_edited_leaves_it_open(phone: Phone) -> None:
    await phone.answer("5万", "amount")
    await phone.answer("利率多少", "amount", edit="1")
    assert "7.20% 到 18.00%" in phone.text
    assert (phone.question, phone.hidden["edit"]) == (PROMPTS["amount"], "1")
    await phone.answer("可以提前还款吗", "amount", edit="again")
    assert "随时都能提前还清" in phone.text
    assert phone.question == PROMPTS["term"]


async def test_a_question_on_the_way_is_answered_and_the_question_returns(phone: Phone, draft: Application) -> None:
    await phone.answer("利率多少", "amount")
    assert "7.20% 到 18.00%" in phone.text
    assert phone.question == PROMPTS["amount"]
    await phone.answer("5万", "amount")
    await say(phone, "可以提前还款吗", "term")
    assert "随时都能提前还清" in phone.text
    assert phone.question == PROMPTS["term"]
    await phone.open(f"/applications/{draft.reference}/chat")
    assert "7.20% 到 18.00%" in phone.text
    assert "随时都能提前还清" in phone.text


async def test_why_and_not_understood(phone: Phone) -> None:
    await phone.answer("5万", "amount")
    await say(phone, "为什么要问这个", "term")
    assert phone.text.count("越长，每月越少") >= 2
    await say(phone, "今天天气怎么样", "term")
    assert "没有听懂这句话" in phone.text
    await say(phone, "你会下棋吗", "term")
    assert "找工作人员" in phone.text
    assert phone.question == PROMPTS["term"]


async def test_saying_nothing_is_no_answer(phone: Phone) -> None:
    await phone.answer("5万", "amount")
    await say(phone, " ", "term")
    assert (phone.status, phone.question) == (422, PROMPTS["term"])
    assert "请先写下您想说的话。" in phone.text


async def test_a_range_is_asked_back(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    await phone.answer("三到五万", "amount")
    assert "没有听准：借款金额" in phone.text
    assert await answers(units, draft) == {}


async def test_asking_for_a_person_is_seen_by_staff(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    await phone.answer("人工", "amount")
    assert "400-000-0000" in phone.text
    async with units.begin() as uow:
        application = await uow.session.get_one(Application, draft.id)
        assert application.person_asked_at is not None
        asked = select(Event).where(col(Event.application_id) == draft.id, col(Event.kind) == EventKind.PERSON_ASKED)
        assert len((await uow.session.exec(asked)).all()) == 1


async def test_back_edit_and_a_fresh_start_that_asks_first(
    phone: Phone, units: UnitsOfWork, draft: Application
) -> None:
    await phone.answer("5万", "amount")
    await say(phone, "上一步", "term")
    assert phone.path.endswith("?edit=amount")
    await phone.answer("改一下借款金额", "amount")
    assert phone.path.endswith("?edit=amount")
    await say(phone, "重新开始", "term")
    assert phone.question == "要重新开始吗？"
    await settle(phone, 1, "drop")
    assert phone.question == PROMPTS["term"]
    await say(phone, "重新开始", "term")
    await settle(phone, 2, "take")
    assert draft.reference not in phone.path
    assert phone.question == PROMPTS["amount"]
    async with units.begin() as uow:
        assert (await uow.session.get_one(Application, draft.id)).state is ApplicationState.WITHDRAWN


async def test_words_are_sealed_and_numbers_masked(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    await phone.answer("我叫李雷，卡号6222020200112230，借五万", "amount")
    assert "6222020200112230" not in phone.text.split("对，就这样", maxsplit=1)[0]
    async with units.begin() as uow:
        [row] = (await uow.session.exec(select(Exchange).where(col(Exchange.application_id) == draft.id))).all()
        assert "李雷".encode() not in row.said
        assert b"6222020200112230" not in row.said


async def test_the_same_message_twice_is_kept_once(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    key = phone.hidden["_key"]
    await phone.answer("利率多少", "amount", _key=key)
    await phone.answer("利率多少", "amount", _key=key)
    async with units.begin() as uow:
        assert (await uow.session.get_one(Application, draft.id)).exchanges == 1


@pytest.mark.parametrize("product", scripts().products, ids=lambda product: product.id)
def test_every_answer_of_the_faq_is_filled_in_both_languages(product) -> None:  # type: ignore[no-untyped-def]
    for entry in entries():
        answer = answer_of(entry, product)
        assert answer is not None
        for words in (answer, answer.en):
            assert words
            assert "{" not in words
            assert "}" not in words
