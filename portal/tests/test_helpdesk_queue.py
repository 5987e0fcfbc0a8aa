"""The queue: what is in it, how it is filtered and paged, and every way of finding a case."""

from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update
from sqlmodel import col, select

from portal.db.models import Application, PersonKey, Role, StepRun
from portal.db.uow import UnitsOfWork
from portal.domain.clock import now
from portal.domain.errors import Invalid
from portal.domain.workflow import StepState
from portal.helpdesk.forms import parse_search
from portal.settings import Settings
from portal.testing.cases import ID_NUMBER, NAME, Case, make_submitted
from portal.testing.desk import counted_statements, desk_of
from portal.testing.factories import make_draft

MOBILE = "13912345678"


async def age(units: UnitsOfWork, application: Application, by: timedelta) -> None:
    async with units.begin() as uow:
        statement = update(Application).where(col(Application.id) == application.id)
        await uow.session.exec(statement.values(updated_at=now() - by))


async def stop_step(units: UnitsOfWork, application: Application, state: StepState, reason: str) -> StepRun:
    async with units.begin() as uow:
        statement = select(StepRun).where(col(StepRun.application_id) == application.id)
        run = (await uow.session.exec(statement)).first()
        assert run is not None
        run.state, run.reason = state, reason
    return run


async def test_rows_are_masked_and_carry_clock_and_trouble(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    await age(units, application, timedelta(hours=2))
    await stop_step(units, application, StepState.PARKED, "bureau_unavailable")
    async with desk_of(app, units, settings) as desk:
        page = (await desk.open("/helpdesk?queue=all")).text
    assert application.reference in page
    assert "林**" in page
    assert NAME not in page
    assert "¥50,000 / 24 个月" in page
    assert "2 小时 0 分" in page
    assert "tone-danger waiting" in page
    assert "征信系统暂时连不上。" in page


async def test_filters_keep_what_they_say_and_count_it(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    draft = await make_draft(units)
    submitted, failed = await make_submitted(units), await make_submitted(units)
    await stop_step(units, failed, StepState.FAILED, "internal")
    await age(units, submitted, timedelta(hours=1))
    everybody = {draft.reference, submitted.reference, failed.reference}
    expected = {
        "queue=all": everybody,
        "queue=draft": {draft.reference},
        "queue=submitted": {submitted.reference, failed.reference},
        "queue=referred": set(),
        "need=failed": {failed.reference},
        "need=parked": set(),
        "need=overdue": {submitted.reference},
        "queue=nonsense&page=-3": everybody,
    }
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        for query, kept in expected.items():
            page = (await desk.open(f"/helpdesk?{query}")).text
            assert {one for one in everybody if one in page} == kept, query
            assert '自动审核中 <span class="filter-count">2</span>' in page


async def test_an_officer_begins_with_what_waits_for_officers(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    async with desk_of(app, units, settings, Role.OFFICER) as officer:
        assert '/helpdesk?queue=referred" aria-current="true"' in (await officer.open("/helpdesk")).text
    async with desk_of(app, units, settings, Role.SUPPORT) as support:
        page = (await support.open("/helpdesk")).text
    assert '/helpdesk?queue=all" aria-current="true"' in page
    assert "这里没有案件" in page


async def test_pages_hold_twenty_five_and_miss_nobody(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    drafts = [await make_draft(units) for _ in range(28)]
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        pages = [(await desk.open(f"/helpdesk?queue=all&page={number}")).text for number in (1, 2)]
    held = [{one.reference for one in drafts if one.reference in page} for page in pages]
    assert [len(one) for one in held] == [25, 3]
    assert held[0].isdisjoint(held[1])
    assert "第 1 页，共 2 页" in pages[0]


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("xd 23456-789ab", "reference", "XD23456789AB"),
        ("３３０１００１９９００５１２０２４０", "id_number", "330100199005120240"),
        ("33010019900512 0240", "id_number", "330100199005120240"),
        ("+86 139-1234-5678", "mobile", MOBILE),
        (" 林安然 ", "name", "林安然"),
        ("Jane  Doe", "name", "Jane Doe"),
    ],
)
def test_one_box_finds_out_what_it_was_given(typed: str, kind: str, value: str) -> None:
    search = parse_search(typed)
    assert (search.kind, search.value) == (kind, value)
    assert search.shown != value or kind == "reference"


@pytest.mark.parametrize("typed", ["", "1391234", "330100199005120241", "林", "XD1", "<script>", "62000000000000131"])
def test_what_is_incomplete_is_said(typed: str) -> None:
    with pytest.raises(Invalid):
        parse_search(typed)


@pytest.mark.parametrize("query", ["reference", NAME, MOBILE, ID_NUMBER])
async def test_a_case_is_found_each_way_and_opened_at_once(
    query: str, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units, Case(mobile=MOBILE))
    await make_submitted(units, Case(answers={"name": "陈志远", "id_number": "110101198503077117"}))
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        answer = await desk.send("/helpdesk", q=application.reference if query == "reference" else query)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/helpdesk/cases/{application.reference}"


async def test_namesakes_are_listed_and_the_query_is_not_given_back(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    found = [await make_submitted(units), await make_submitted(units)]
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        answer = await desk.send("/helpdesk", q=NAME)
        nobody = await desk.send("/helpdesk", q="13900009999")
    assert answer.status_code == 200
    assert all(one.reference in answer.text for one in found)
    assert "姓名 林**：找到 2 笔" in answer.text
    assert NAME not in answer.text
    assert "没有找到" in nobody.text
    assert "13900009999" not in nobody.text


async def test_an_incomplete_search_says_what_would_be_complete(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    async with desk_of(app, units, settings) as desk:
        short = await desk.send("/helpdesk", q="1391234")
        wrong = await desk.send("/helpdesk", q="330100199005120241")
    assert short.status_code == wrong.status_code == 422
    assert "请输入完整的姓名、手机号、身份证号或申请编号。" in short.text
    assert "校验位不对" in wrong.text
    assert "330100199005120241" not in wrong.text


async def test_a_persons_other_applications_are_listed(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    first = await make_submitted(units)
    async with units.begin() as uow:
        second = Application(reference="XDSECOND2222", applicant_id=first.applicant_id, script_version="1")
        uow.session.add(second)
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        case = (await desk.open(f"/helpdesk/cases/{first.reference}")).text
        both = (await desk.open(f"/helpdesk?person={first.reference}")).text
    assert "同一申请人的其他 1 笔申请" in case
    assert first.reference in both
    assert second.reference in both


async def test_an_erased_person_is_a_row_without_a_name(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await make_submitted(units)
    async with units.begin() as uow:
        await uow.session.delete(await uow.session.get_one(PersonKey, application.applicant_id))
    async with desk_of(app, units, settings) as desk:
        listed = await desk.open("/helpdesk?queue=all")
        shown = await desk.open(f"/helpdesk/cases/{application.reference}")
        revealed = await desk.reveal(application.reference, "mobile")
    assert application.reference in listed.text
    assert "个人信息已按申请人的要求删除" in shown.text
    assert revealed.status_code == 404
    async with units.begin() as uow:
        # Looking must not make the person a new key.
        assert await uow.session.get(PersonKey, application.applicant_id) is None


async def test_a_queue_page_takes_three_statements_however_long_it_is(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    for _ in range(6):
        await make_submitted(units)
    async with desk_of(app, units, settings) as desk:
        with counted_statements() as sent:
            assert (await desk.open("/helpdesk?queue=all")).status_code == 200
        with counted_statements() as searched:
            assert (await desk.send("/helpdesk", q=NAME)).status_code == 200
    assert len(sent) == 3, sent
    assert len(searched) <= 5, searched


async def test_a_plain_browser_is_sent_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/helpdesk")
    assert (answer.status_code, answer.headers["location"]) == (303, "/helpdesk/sign-in")


async def test_staff_are_listed_for_administrators(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    async with desk_of(app, units, settings, Role.ADMIN) as desk:
        page = (await desk.open("/helpdesk/staff")).text
    assert desk.staff.login in page
    assert "管理员" in page


async def test_who_asked_for_a_person_is_listed_until_a_note_is_written(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        statement = update(Application).where(col(Application.id) == draft.id)
        await uow.session.exec(statement.values(person_asked_at=now()))
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        assert draft.reference in (await desk.open("/helpdesk?need=person")).text
        await desk.send(f"/helpdesk/cases/{draft.reference}/notes", text="已回电", _key="k")
        assert draft.reference not in (await desk.open("/helpdesk?need=person")).text
