"""The progress page and the way to it, as a browser without script sees them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event
from sqlmodel import select

from portal.accounts.service import issue_code
from portal.db.models import Application, CodePurpose, Notice
from portal.db.uow import UnitsOfWork
from portal.testing.cases import make_submitted
from portal.testing.factories import make_draft
from portal.testing.phone import Phone, read_codes, sign_in

MOBILE = "13800138111"


@pytest.fixture
async def submitted(units: UnitsOfWork) -> Application:
    from portal.testing.cases import Case  # noqa: PLC0415 - only here

    return await make_submitted(units, Case(mobile=MOBILE))


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


async def test_the_page_says_where_it_stands(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application, statements: list[str]
) -> None:
    phone = await sign_in(client, units, submitted.applicant_id)
    await phone.open(f"/applications/{submitted.reference}/progress")
    assert phone.status == 200
    assert phone.question == "正在核对您的材料"
    assert submitted.reference in phone.text
    assert "可以关闭页面，完成后短信通知您。" in phone.text
    base = f"/applications/{submitted.reference}"
    assert f'hx-sse:connect="{base}/events"' in phone.page
    assert f'data-live-poll="{base}/timeline"' in phone.page
    assert f'<noscript><p class="mt-4"><a class="btn act act-secondary" href="{base}/progress">' in phone.page
    assert 'aria-live="polite"' in phone.page
    assert len(statements) <= 8, statements


async def test_polling_gives_what_the_stream_begins_with(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application
) -> None:
    phone = await sign_in(client, units, submitted.applicant_id)
    await phone.open(f"/applications/{submitted.reference}/timeline")
    assert phone.status == 200
    assert phone.page.startswith('<hx-partial hx-target="#standing"')
    assert 'id="timeline"' in phone.page


async def test_who_no_longer_wants_it_takes_it_back_before_it_is_decided(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application
) -> None:
    base = f"/applications/{submitted.reference}"
    phone = await sign_in(client, units, submitted.applicant_id)
    await phone.open(f"{base}/progress")
    assert f'href="{base}/withdraw"' in phone.page
    await phone.open(f"{base}/withdraw")
    assert phone.question == "要撤回这份申请吗？"
    await phone.send(f"{base}/withdraw")
    assert phone.question == "申请已撤回"
    assert f'href="{base}/withdraw"' not in phone.page
    again = await client.get(f"{base}/withdraw")
    assert (again.status_code, again.headers["location"]) == (303, f"{base}/progress")


async def test_a_draft_goes_on_in_the_chat(client: httpx.AsyncClient, units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    await sign_in(client, units, draft.applicant_id)
    answer = await client.get(f"/applications/{draft.reference}/progress")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/applications/{draft.reference}/chat")


@pytest.mark.parametrize("path", ["progress", "events", "timeline"])
async def test_what_is_not_theirs_is_not_found(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application, path: str
) -> None:
    stranger = await make_draft(units)
    await sign_in(client, units, stranger.applicant_id)
    for reference in (submitted.reference, "XD0000000000"):
        answer = await client.get(f"/applications/{reference}/{path}")
        assert answer.status_code == 404
        assert submitted.reference not in answer.text


async def test_tracking_leads_to_the_page_under_a_fresh_session(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application
) -> None:
    phone = Phone(client)
    await phone.open("/track")
    before = client.cookies["xindai"]
    typed = f" {submitted.reference[:6].lower()}-{submitted.reference[6:]} "
    await phone.send("/track", reference=typed, mobile="138 0013 8111")
    assert phone.path == "/track/verify"
    assert "138****8111" in phone.text
    assert MOBILE not in phone.page
    [code] = await read_codes(units, MOBILE)
    await phone.send("/track/verify", code="000000" if code != "000000" else "111111")
    assert phone.status == 422
    await phone.send("/track/verify", code=code)
    assert phone.path == f"/applications/{submitted.reference}/progress"
    assert client.cookies["xindai"] != before
    assert "pending_track" not in client.cookies


@pytest.mark.parametrize(
    ("reference", "mobile"), [("fitting", "13900000001"), ("XD2222222222", MOBILE), ("XD2222222222", "13900000001")]
)
async def test_numbers_that_do_not_fit_are_told_to_the_phones_owner_only(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application, reference: str, mobile: str
) -> None:
    reference = submitted.reference if reference == "fitting" else reference
    phone = Phone(client)
    await phone.open("/track")
    await phone.send("/track", reference=reference, mobile=mobile)
    assert (phone.status, phone.path) == (200, "/track/verify")
    [code] = await read_codes(units, mobile)
    await phone.send("/track/verify", code=code)
    assert phone.status == 422
    assert "这个手机号名下没有这个编号的申请" in phone.text
    await phone.open(f"/applications/{submitted.reference}/progress")
    assert phone.path == "/start"


async def test_wrong_numbers_are_explained_and_kept(client: httpx.AsyncClient, units: UnitsOfWork) -> None:
    phone = Phone(client)
    await phone.open("/track")
    await phone.send("/track", reference="12345", mobile="123")
    assert phone.status == 422
    assert "申请编号以 XD 开头" in phone.text
    assert "手机号应为 11 位数字" in phone.text
    assert 'value="12345"' in phone.page
    assert "错误：" in phone.page.partition("</title>")[0]
    async with units.begin() as uow:
        assert (await uow.session.exec(select(Notice))).all() == []


async def test_a_code_for_signing_in_opens_no_tracking(
    client: httpx.AsyncClient, units: UnitsOfWork, submitted: Application
) -> None:
    phone = Phone(client)
    await phone.open("/track")
    await phone.send("/track", reference=submitted.reference, mobile=MOBILE)
    async with units.begin() as uow:
        assert await issue_code(uow, MOBILE, CodePurpose.SIGN_IN)
    [_, sign_in_code] = await read_codes(units, MOBILE)
    await phone.send("/track/verify", code=sign_in_code)
    assert phone.status == 422


async def test_the_second_page_without_the_first_leads_back(client: httpx.AsyncClient) -> None:
    client.cookies.set("pending_track", "bm90IG91cnM", domain="portal.test", path="/")
    answer = await client.get("/track/verify")
    assert (answer.status_code, answer.headers["location"]) == (303, "/track")
