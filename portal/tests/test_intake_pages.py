"""The conversation as a browser without script sees it, and as htmx asks for it."""

import re
import shutil
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event, update

from portal.accounts import service as accounts
from portal.applications.service import open_draft
from portal.db.models import Application, OneTimeCode
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.script import catalogue
from portal.script.catalogue import VERSIONS, scripts
from portal.testing.factories import make_draft
from portal.testing.intake import (
    CARD,
    NAME,
    QUESTIONS,
    answer,
    answer_until,
    form,
    give_document,
    id_number,
    read_application,
)
from portal.testing.phone import Phone, read_codes, sign_in

MOBILE = "13800138000"
PROMPTS = {question.slot: question.prompt for question in QUESTIONS}


@pytest.fixture
async def draft(units: UnitsOfWork) -> Application:
    return await make_draft(units)


@pytest.fixture
async def phone(client: httpx.AsyncClient, units: UnitsOfWork, draft: Application) -> Phone:
    """Signed in, with the chat open."""
    signed_in = await sign_in(client, units, draft.applicant_id)
    await signed_in.open(f"/applications/{draft.reference}/chat")
    return signed_in


def chat(draft: Application, query: str = "") -> str:
    return f"/applications/{draft.reference}/chat{query}"


async def test_from_the_landing_page_into_a_draft_and_back_again(
    client: httpx.AsyncClient, units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone(client)
    await phone.open("/")
    assert "年化" in phone.text
    assert "7.20%–18.00%" in phone.text
    await phone.open("/start")
    await phone.send("/start", mobile="+86 138-0013 8000")
    assert phone.path == "/start/verify"
    assert "138****8000" in phone.text
    assert MOBILE not in phone.page
    before = client.cookies["xindai"]
    [code] = await read_codes(units, MOBILE)
    await phone.send("/start/verify", code=code)
    assert phone.path.endswith("/chat?at=amount")
    assert phone.question == PROMPTS["amount"]
    assert client.cookies["xindai"] != before
    place = phone.path
    await phone.open("/start")
    assert phone.path == place

    monkeypatch.setattr(accounts, "PAUSE", accounts.TTL * 0)
    client.cookies.clear()
    second = Phone(client)
    await second.open("/start")
    await second.send("/start", mobile=MOBILE)
    await second.send("/start/verify", code=(await read_codes(units, MOBILE))[-1])
    assert second.path == place


@pytest.mark.parametrize("typed", ["", "12345", "abc", "23800138000"])
async def test_a_wrong_phone_number_is_kept_and_explained(client: httpx.AsyncClient, typed: str) -> None:
    phone = Phone(client)
    await phone.open("/start")
    await phone.send("/start", mobile=typed)
    assert phone.status == 422
    assert "手机号应为 11 位数字" in phone.text
    assert f'value="{typed}"' in phone.page
    assert "<title>错误：" in phone.page


async def test_control_characters_are_refused_with_a_sentence(client: httpx.AsyncClient, phone: Phone) -> None:
    await phone.answer("5\x00万\x07", "amount")
    assert phone.status == 422
    assert "控制字符" in phone.text
    await phone.open("/start/verify")
    anonymous = Phone(client)
    client.cookies.clear()
    await anonymous.open("/start")
    await anonymous.send("/start", mobile="138\x000013")
    assert anonymous.status == 422


async def test_five_wrong_codes_spend_it(client: httpx.AsyncClient, units: UnitsOfWork) -> None:
    phone = Phone(client)
    await phone.open("/start")
    await phone.send("/start", mobile=MOBILE)
    [code] = await read_codes(units, MOBILE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        await phone.send("/start/verify", code=wrong)
        assert phone.status == 422
        assert "验证码不正确" in phone.text
    await phone.send("/start/verify", code=code)
    assert "输错次数太多" in phone.text
    await phone.send("/start/again")
    assert "这次没有发送新的验证码" in phone.text
    assert len(await read_codes(units, MOBILE)) == 1
    async with units.begin() as uow:
        await uow.session.exec(update(OneTimeCode).values(created_at=now() - timedelta(seconds=31)))
    await phone.send("/start/again")
    assert "新的验证码已发出" in phone.text
    assert len(await read_codes(units, MOBILE)) == 2


async def test_without_a_number_waiting_the_code_page_asks_for_it(client: httpx.AsyncClient) -> None:
    client.cookies.set("pending_sign_in", "bm90aGluZw", domain="portal.test", path="/")
    assert (await client.get("/start/verify")).headers["location"] == "/start"


async def test_no_session_leads_to_the_phone_number(client: httpx.AsyncClient, draft: Application) -> None:
    assert (await client.get(chat(draft))).headers["location"] == "/start"


async def test_someone_elses_addresses_are_not_found(phone: Phone, units: UnitsOfWork, draft: Application) -> None:
    other = await make_draft(units)
    base = f"/applications/{other.reference}"
    for path in ("/chat", "/check", "/chat/proposal?slot=name", "/documents/id_front/card"):
        await phone.open(base + path)
        assert phone.status == 404, path
        assert "没有找到" in phone.text
    for path in ("/answers/amount", "/submit"):
        await phone.open(chat(draft))
        await phone.send(base + path, value="50000", digest="x")
        assert phone.status == 404, path


async def test_answers_one_by_one_without_script(phone: Phone, draft: Application) -> None:
    await phone.answer("五万", "amount")
    assert phone.question == PROMPTS["term"]
    assert "¥50,000.00" in phone.text
    assert "第 1 步，共 4 步" in phone.text
    assert "已保存" in phone.text
    await phone.answer("12", "term")
    await phone.answer("renovation", "purpose")
    assert phone.question == PROMPTS["id_front"]
    assert "第 2 步，共 4 步" in phone.text
    assert 'enctype="multipart/form-data"' in phone.page


async def test_an_error_keeps_what_was_typed(phone: Phone) -> None:
    await phone.answer("三百块", "amount")
    assert phone.status == 422
    assert 'value="三百块"' in phone.page
    assert phone.page.count("借款金额在 5,000 元到 200,000 元之间") == 2
    assert "<title>错误：" in phone.page
    assert phone.question == PROMPTS["amount"]


async def test_a_chip_counts_over_the_field(phone: Phone) -> None:
    await phone.answer("7777", "amount", pick="30000")
    assert "¥30,000.00" in phone.text


async def test_htmx_gets_the_chat_alone(client: httpx.AsyncClient, phone: Phone, draft: Application) -> None:
    sent = {**phone.hidden, "value": "50000"}
    answer = await client.post(
        f"/applications/{draft.reference}/answers/amount", data=sent, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert '<div id="chat">' in answer.text
    assert 'hx-target="#saved"' in answer.text
    assert answer.headers["hx-push-url"] == chat(draft, "?at=term")
    refused = await client.post(
        f"/applications/{draft.reference}/answers/term",
        data={**sent, "_key": "another", "value": "13"},
        headers={"HX-Request": "true"},
    )
    assert refused.status_code == 422
    assert "<title>错误：" in refused.text
    assert "请从下面的选项里选一个" in refused.text


async def test_an_edit_shows_the_earlier_answer_and_returns(phone: Phone, draft: Application) -> None:
    await phone.answer("50000", "amount")
    await phone.open(chat(draft, "?edit=amount"))
    assert phone.question == PROMPTS["amount"]
    assert 'value="50000"' in phone.page
    assert phone.hidden["edit"] == "1"
    await phone.answer("60000", "amount")
    assert "¥60,000.00" in phone.text
    assert phone.question == PROMPTS["term"]


async def test_every_question_has_an_address_that_going_back_leads_to(phone: Phone, draft: Application) -> None:
    assert phone.path == chat(draft, "?at=amount")
    assert "上一题" not in phone.text
    await phone.answer("50000", "amount")
    assert phone.path == chat(draft, "?at=term")
    assert f'href="{chat(draft, "?at=amount")}"' in phone.page
    await phone.open(chat(draft, "?at=amount"))
    assert phone.question == PROMPTS["amount"]
    assert 'value="50000"' in phone.page
    await phone.open(chat(draft, "?at=bank_card"))
    assert phone.question == PROMPTS["term"]


async def test_an_edit_says_what_it_asks_again(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft)
    await phone.open(chat(draft, "?edit=id_front"))
    assert "改了以后，还要重新回答：姓名、身份证号。" in phone.text
    await phone.open(chat(draft, "?edit=employment"))
    assert re.search(r"机关或事业单位</span>\s*<span class=\"chip-hint\">重填：工作单位<", phone.page)
    assert "退休 重填：收入证明、每月收入" in phone.text
    await phone.open(chat(draft, "?edit=amount"))
    assert "重新回答" not in phone.text


async def test_another_product_asks_only_what_it_has_to(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft)
    await phone.open(chat(draft, "?edit=product"))
    assert "教育借款 重填：上学的人、学校或培训机构、毕业或结业时间" in phone.text
    await phone.answer("education", "product")
    assert phone.question == "谁去上学？"
    await phone.answer("self", "learner")
    await phone.answer("上海示例职业学院", "school")
    await phone.answer("unknown", "course_ends")
    assert phone.path.endswith("/check")
    assert "上海示例职业学院" in phone.text
    assert "教育借款" in phone.text
    assert "?edit=purpose" not in phone.page
    async with units.begin() as uow:
        application = await read_application(uow, draft)
        assert (application.product, application.purpose) == ("education", "education")


async def test_a_turn_on_another_phone_appears_on_this_one(
    client: httpx.AsyncClient, phone: Phone, units: UnitsOfWork, draft: Application
) -> None:
    def news(page: str) -> str:
        found = re.search(r'data-news="([^"]+)"', page)
        assert found is not None
        return found[1].replace("&amp;", "&")

    ask = {"HX-Request": "true"}
    assert (await client.get(news(phone.page), headers=ask)).status_code == 204
    await answer(units, draft, "amount", form("50000"))
    answered = await client.get(news(phone.page), headers=ask)
    assert "您在另一台手机上接着填了" in answered.text
    assert PROMPTS["term"] in answered.text
    await phone.open(chat(draft, "?edit=amount"))
    await answer(units, draft, "term", form("12"))
    kept = await client.get(news(phone.page), headers=ask)
    assert 'hx-target="#turns"' in kept.text
    assert 'id="composer"' not in kept.text
    assert PROMPTS["term"] in kept.text


async def test_a_draft_goes_on_under_the_script_it_began_with(
    phone: Phone, units: UnitsOfWork, draft: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = scripts().current
    versions = tmp_path / "versions"
    shutil.copytree(VERSIONS, versions)
    shutil.copytree(VERSIONS / began, versions / "2027.1")
    changed = versions / "2027.1" / "questions.toml"
    text = changed.read_text(encoding="utf-8").replace("想分多少个月还清？", "还多少个月？")
    changed.write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue, "VERSIONS", versions)
    scripts.cache_clear()
    try:
        await phone.answer("50000", "amount")
        assert phone.question == "想分多少个月还清？"
        async with units.begin() as uow:
            new = await open_draft(uow, draft.applicant_id)
        assert new.script_version == "2027.1"
        await phone.open(f"/applications/{new.reference}/chat")
        await phone.answer("50000", "amount")
        assert phone.question == "还多少个月？"
        await phone.open(chat(draft))
        await phone.answer("12", "term")
        assert phone.question == PROMPTS["purpose"]
    finally:
        scripts.cache_clear()


async def test_a_stale_form_is_answered_with_the_current_question(phone: Phone, draft: Application) -> None:
    old = phone.hidden
    await phone.answer("50000", "amount")
    await phone.answer("80000", "amount", _key="of another tab")
    assert "没有覆盖" in phone.text
    assert phone.question == PROMPTS["term"]
    assert "¥50,000.00" in phone.text
    await phone.answer("50000", "amount", _key=old["_key"])
    assert "没有覆盖" not in phone.text
    await phone.answer("90000", "amount", _key=old["_key"])
    assert phone.status == 422
    assert "已经提交过别的内容" in phone.text


async def test_odd_addresses_are_answered_kindly(client: httpx.AsyncClient, phone: Phone, draft: Application) -> None:
    assert (await client.get(f"/applications/{draft.reference}/answers/amount")).headers["location"] == chat(draft)
    await phone.answer("42", "shoe_size")
    assert phone.status == 404
    await phone.open(chat(draft, "?edit=nonsense&notice=nonsense"))
    assert phone.question == PROMPTS["amount"]
    await phone.open(chat(draft, "/proposal?slot=amount"))
    assert phone.status == 404


async def test_a_wrong_id_number_is_explained(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="id_number")
    await phone.open(chat(draft))
    await phone.answer("110105199003077218", "id_number")
    assert phone.status == 422
    assert "校验位不对" in phone.text


async def test_what_was_read_is_proposed(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="id_front")
    await give_document(units, files, draft, "id_front")
    await give_document(units, files, draft, "id_back", {})
    await phone.open(chat(draft))
    assert phone.question == PROMPTS["name"]
    assert "正在读取身份证" in phone.text
    assert f'hx-get="{chat(draft)}/proposal?slot=name"' in phone.page
    await give_document(units, files, draft, "id_front", {"name": (NAME, 0.97)})
    await phone.open(chat(draft, "/proposal?slot=name"))
    assert f'data-value="{NAME}"' in phone.page
    assert "读取清楚" in phone.text
    await phone.open(chat(draft))
    assert f'name="value" type="text" value="{NAME}"' in phone.page
    assert "确认" in phone.text
    await phone.answer(NAME, "name")
    assert phone.question == PROMPTS["id_number"]


async def test_an_error_belongs_to_the_question_it_was_made_in(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="housing_cost")
    await give_document(units, files, draft, "income_proof", quality="blurred")
    await phone.open(chat(draft))
    assert phone.question == PROMPTS["income_proof"]
    assert "照片模糊" in phone.text
    await phone.answer("twelve", "housing_cost")
    assert (phone.status, phone.question) == (422, PROMPTS["housing_cost"])
    await phone.answer("2500", "housing_cost")
    assert phone.question == PROMPTS["income_proof"]


async def test_too_young_is_told_on_its_own(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="id_number")
    await phone.open(chat(draft))
    await phone.answer(id_number(date(2015, 1, 1)), "id_number")
    assert phone.status == 200
    assert phone.question == "目前还不能为您办理"
    assert f"{chat(draft)}?edit=id_number" in phone.page
    await phone.open(f"/applications/{draft.reference}/check")
    assert phone.path.startswith(chat(draft))


async def test_consents_check_and_submit(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="consents")
    await phone.open(chat(draft))
    assert "征信授权书" in phone.text
    assert 'type="checkbox"' in phone.page
    assert not re.search(r'type="checkbox"[^>]* checked', phone.page)
    await phone.answer("", "consents", consent_privacy="yes")
    assert phone.status == 422
    assert "《征信授权书》还没有勾选" in phone.text
    assert len(re.findall(r'type="checkbox"[^>]* checked', phone.page)) == 1
    kinds = ("privacy", "sensitive_id", "bank_card", "credit_inquiry")
    await phone.answer("", "consents", **{f"consent_{kind}": "yes" for kind in kinds})
    assert phone.path == f"/applications/{draft.reference}/check"
    assert phone.question == "核对您的回答"
    assert NAME in phone.text
    assert CARD not in phone.page
    assert id_number() not in phone.page
    await phone.send(f"/applications/{draft.reference}/submit", digest="0" * 64)
    assert "再核对一遍" in phone.text
    await phone.send(f"/applications/{draft.reference}/submit")
    assert phone.path == f"/applications/{draft.reference}/progress"
    async with units.begin() as uow:
        assert (await read_application(uow, draft)).state is ApplicationState.SUBMITTED
    for path in ("/chat", "/check"):
        await phone.open(f"/applications/{draft.reference}{path}")
        assert phone.path.endswith("/progress")


async def test_an_edit_from_the_check_page_returns_to_it(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft)
    await phone.open(chat(draft, "?at=all"))
    assert phone.question.startswith("都填好了")
    await phone.open(chat(draft, "?edit=housing_cost"))
    await phone.answer("没有", "housing_cost")
    assert phone.path == f"/applications/{draft.reference}/check"
    await give_document(units, files, draft, "income_proof", {"net_pay": ("1210000", 0.98)})
    await phone.open(chat(draft))
    assert phone.path == f"/applications/{draft.reference}/check"


async def test_english_pages_name_the_english_consents(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="consents")
    await phone.open("/preferences/language?to=en")
    await phone.open(chat(draft))
    assert "Credit report authorisation" in phone.text


@pytest.fixture
async def statements(app: Litestar) -> AsyncIterator[list[str]]:
    """Every statement the portal sends to the database."""
    sent: list[str] = []
    engine = app.state.units.sessions.kw["bind"].sync_engine

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", ["chat?at=all", "check"])
async def test_statement_budget(
    phone: Phone, units: UnitsOfWork, files: FileStore, draft: Application, statements: list[str], page: str
) -> None:
    await answer_until(units, files, draft)
    statements.clear()
    await phone.open(f"/applications/{draft.reference}/{page}")
    assert phone.status == 200
    assert len(statements) <= 8, statements
