"""One case: masked, live, revealed for a reason, decided once, its steps restarted."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from litestar import Litestar
from PIL import Image
from sqlmodel import col, select

from portal.db.models import (
    Application,
    BureauInquiry,
    CaseNote,
    Consent,
    ConsentKind,
    Decision,
    Document,
    Event,
    Lane,
    Outcome,
    Role,
    StepRun,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore, page_key, put_sealed
from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.domain.money import monthly_payment_fen
from portal.domain.workflow import Step, StepState
from portal.helpdesk.live import Watcher, read_frame
from portal.helpdesk.wording import REVEALS
from portal.settings import Settings
from portal.testing.cases import ANSWERS, ID_NUMBER, NAME, Case, make_snapshot, make_submitted
from portal.testing.desk import Desk, counted_statements, desk_of
from portal.underwriting.service import DecisionRecord, OfferTerms, record_bureau_report, record_decision

MOBILE = "13912345678"
MOST = OfferTerms(5_000_000, 24, 1_020, monthly_payment_fen(5_000_000, 1_020, 24))
RULES = (
    {"id": "income_proof", "outcome": "refer", "zh": "收入需要核实。", "en": "Income needs checking.", "basis": "OWN"},
    {"id": "age", "outcome": "pass", "zh": "您目前 36 周岁，符合年龄要求。", "en": "You are 36.", "basis": "LAW"},
)
COMMENT = "已电话核实收入，流水与工资条一致。"
REPORT = {
    "report_id": "R1",
    "issued_at": "2026-11-23T08:00:00+08:00",
    "found": True,
    "accounts": [
        {
            "account_id": "A01",
            "kind": "credit_card",
            "opened_on": "2020-03-01",
            "limit_fen": 3_770_000,
            "balance_fen": 1_230_000,
            "monthly_payment_fen": 120_000,
            "status_24m": "NNNNNNNNNNNNNNNNNNNNNN1N",
        }
    ],
    "inquiries": [],
    "public_records": [],
}
SECRETS = (NAME, ID_NUMBER, MOBILE, str(ANSWERS["bank_card"]), str(ANSWERS["employer"]), "15,000.00", "14,800.00")


async def refer(units: UnitsOfWork, offer: OfferTerms | None = MOST) -> Application:
    """A submitted case that the policy sent to an officer, with a bureau report."""
    application = await make_submitted(units, Case(mobile=MOBILE))
    async with units.begin() as uow:
        statement = select(Consent.id).where(
            col(Consent.application_id) == application.id, col(Consent.kind) == ConsentKind.CREDIT_INQUIRY
        )
        consent = await uow.session.get_one(Consent, (await uow.session.exec(statement)).one())
        inquiry = BureauInquiry(application_id=application.id, consent_id=consent.id)
        consent.consumed_at = inquiry.requested_at
        await uow.session.flush()
        uow.session.add(inquiry)
        await uow.session.flush()
        await record_bureau_report(uow, inquiry.id, REPORT)
        locked = await uow.session.get_one(Application, application.id)
        snapshot = make_snapshot(rules=RULES)
        record = DecisionRecord(Lane.REFER, 0.03, 610, "B", "m" * 64, "standard-1", snapshot, None, offer)
        await record_decision(uow, locked, record)
    return locked


async def events_of(units: UnitsOfWork, application: Application, kind: EventKind) -> list[Event]:
    async with units.begin() as uow:
        statement = select(Event).where(col(Event.application_id) == application.id, col(Event.kind) == kind)
        return list(await uow.session.exec(statement.order_by(col(Event.seq))))


async def document_of(units: UnitsOfWork, application: Application, slot: str) -> Document:
    async with units.begin() as uow:
        statement = select(Document).where(col(Document.application_id) == application.id, col(Document.slot) == slot)
        return (await uow.session.exec(statement)).one()


async def keep_picture(units: UnitsOfWork, files: FileStore, application: Application, document: Document) -> None:
    picture = BytesIO()
    Image.new("RGB", (640, 400), "white").save(picture, "JPEG")
    async with units.begin() as uow:
        await put_sealed(uow, files, application.applicant_id, page_key(document.id, 0), picture.getvalue())


def decision_form(application: Application, **changes: str) -> dict[str, str]:
    form = {"outcome": "approved", "amount": "30000", "comment": COMMENT, "version": str(application.version)}
    return {**form, "_key": f"k-{application.version}", **changes}


@pytest.mark.parametrize("role", list(Role))
async def test_everything_is_masked_and_the_opening_is_written_down_once(
    role: Role, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    async with desk_of(app, units, settings, role) as desk:
        page = (await desk.open(f"/helpdesk/cases/{application.reference}")).text
        await desk.open(f"/helpdesk/cases/{application.reference}")
    assert [secret for secret in SECRETS if secret in page] == []
    assert all(shown in page for shown in ("林**", "139****5678", "330*************40", "**** **** **** 0013"))
    assert "37,700" not in page  # the bureau's figures
    (opened,) = await events_of(units, application, EventKind.CASE_OPENED)
    assert opened.actor_id == desk.staff.id
    # The trace quotes figures: officers and risk analysts read it, the others see what each rule came to.
    assert ("收入需要核实。" in page) is (role in (Role.OFFICER, Role.RISK))


_KINDS = [kind for kind in REVEALS if kind not in ("document", "bureau")]
_ALLOWED = {
    Role.SUPPORT: {*_KINDS, "document"},
    Role.OFFICER: {*_KINDS, "document", "bureau"},
    Role.RISK: {"income", "bureau"},
    Role.OPS: set(),
    Role.ADMIN: set(),
}
_CLEAR = {
    "name": NAME,
    "id_number": ID_NUMBER,
    "mobile": MOBILE,
    "bank_card": str(ANSWERS["bank_card"]),
    "employer": str(ANSWERS["employer"]),
    "income": "¥15,000.00",
    "document": ID_NUMBER,
    "bureau": "37,700",
}


@pytest.mark.parametrize("role", list(Role))
async def test_each_look_in_clear_leaves_an_event_and_each_refusal_shows_nothing(
    role: Role, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    front = await document_of(units, application, "id_front")
    async with desk_of(app, units, settings, role) as desk:
        for kind, value in _CLEAR.items():
            token = f"document:{front.id}" if kind == "document" else kind
            answer = await desk.reveal(application.reference, token)
            allowed = kind in _ALLOWED[role]
            assert answer.status_code == (200 if allowed else 403), kind
            assert (value in answer.text) is allowed, kind
            assert answer.headers["cache-control"] == "no-store"
    revealed = await events_of(units, application, EventKind.PERSONAL_DATA_REVEALED)
    assert {event.data["field"] for event in revealed} == _ALLOWED[role]
    for event in revealed:
        assert event.actor_id == desk.staff.id
        assert event.data["reason"] == "verify_identity"
        assert not any(secret in str(event.data) for secret in SECRETS)


async def test_a_look_needs_a_reason(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await refer(units)
    back = await document_of(units, application, "id_back")
    async with desk_of(app, units, settings) as desk:
        for kind in ("mobile", "bureau", f"document:{back.id}"):
            answer = await desk.reveal(application.reference, kind, reason="")
            assert answer.status_code == 422
            assert "请先选择查看原因。" in answer.text
            assert not any(secret in answer.text for secret in SECRETS)
        assert (await desk.reveal(application.reference, "mobile", "other", note="查")).status_code == 422
        for junk in ("", "salary", "document", "document:no-uuid", f"mobile:{back.id}"):
            assert (await desk.reveal(application.reference, junk)).status_code == 422
    assert await events_of(units, application, EventKind.PERSONAL_DATA_REVEALED) == []


async def test_what_is_written_beside_a_reason_is_sealed_and_shown_on_the_timeline(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    note = "林安然来电，说手机换号了"
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        assert MOBILE in (await desk.reveal(application.reference, "mobile", "other", note=note)).text
        page = (await desk.open(f"/helpdesk/cases/{application.reference}")).text
    assert note in page
    (event,) = await events_of(units, application, EventKind.PERSONAL_DATA_REVEALED)
    async with units.begin() as uow:
        kept = (await uow.session.exec(select(CaseNote))).one()
    assert event.data == {"field": "mobile", "reason": "other", "note": str(kept.id)}
    assert note.encode() not in kept.text


async def test_without_script_the_whole_page_comes_back_with_one_value(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    path = f"/helpdesk/cases/{application.reference}"
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        shown = (await desk.send(f"{path}/reveal", kind="mobile", reason="contact_applicant")).text
        refused = await desk.send(f"{path}/reveal", kind="mobile")
        again = (await desk.open(path)).text
        left = await desk.open(f"{path}/reveal")
    assert "<h1>" in shown
    assert MOBILE in shown
    assert not any(secret in shown for secret in SECRETS if secret != MOBILE)
    assert refused.status_code == 422
    assert MOBILE not in refused.text
    assert MOBILE not in again
    assert left.headers["location"] == path


async def test_pictures_open_after_a_reason_only(
    app: Litestar, units: UnitsOfWork, settings: Settings, files: FileStore
) -> None:
    application = await refer(units)
    front = await document_of(units, application, "id_front")
    await keep_picture(units, files, application, front)
    picture = f"/helpdesk/cases/{application.reference}/documents/{front.id}/pages/0"
    async with desk_of(app, units, settings) as desk, desk_of(app, units, settings, Role.SUPPORT) as other:
        assert (await desk.open(picture)).status_code == 403
        panel = (await desk.reveal(application.reference, f"document:{front.id}", "review_case")).text
        shown = await desk.open(picture)
        assert (await other.open(picture)).status_code == 403
        assert (await desk.open(picture.replace("pages/0", "pages/1"))).status_code == 404
        assert (await desk.open(picture.replace(str(front.id), str(application.id)))).status_code == 404
    assert '<rect class="viewer-box" x="10" y="10" width="190" height="50"/>' in panel
    assert 'viewBox="0 0 640 400"' in panel
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["cache-control"] == "no-store"
    with Image.open(BytesIO(shown.content)) as image:
        assert image.size == (640, 400)


async def test_an_officer_approves_with_a_reason(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await refer(units)
    path = f"/helpdesk/cases/{application.reference}"
    async with desk_of(app, units, settings) as desk:
        short = await desk.send(f"{path}/decide", **decision_form(application, comment="可以"))
        high = await desk.send(f"{path}/decide", **decision_form(application, amount="90000", _key="h"))
        odd = await desk.send(f"{path}/decide", **decision_form(application, amount="三万", _key="o"))
        done = await desk.send(f"{path}/decide", **decision_form(application))
        again = await desk.send(f"{path}/decide", **decision_form(application))
        page = (await desk.open(f"{path}?done=decided")).text
    assert [answer.status_code for answer in (short, high, odd)] == [422, 422, 422]
    assert "请写明决定的理由，至少 10 个字。" in short.text
    assert "可以</textarea>" in short.text
    assert "批准的金额不能超过政策允许的最高金额。" in high.text
    assert COMMENT in high.text
    assert "请填写批准的金额" in odd.text
    # The same form twice is one decision and no error.
    assert done.headers["location"] == again.headers["location"] == f"{path}?done=decided"
    assert "决定已记录，申请人会收到短信。" in page
    assert COMMENT in page
    assert "¥30,000.00" in page
    async with units.begin() as uow:
        decisions = list(await uow.session.exec(select(Decision).where(col(Decision.staff_id).is_not(None))))
        assert [decision.outcome for decision in decisions] == [Outcome.APPROVED]
        assert (await uow.session.get_one(Application, application.id)).state is ApplicationState.APPROVED


async def test_of_two_officers_at_once_one_decides_and_the_other_sees_what(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    path = f"/helpdesk/cases/{application.reference}/decide"
    async with desk_of(app, units, settings) as first, desk_of(app, units, settings) as second:
        answers = await asyncio.gather(
            first.send(path, **decision_form(application, _key="first")),
            second.send(path, **decision_form(application, outcome="declined", _key="second")),
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (late,) = (answer for answer in answers if answer.status_code == 409)
    assert "这笔申请已经有了结果，请刷新页面查看最新情况。" in late.text
    assert "王审批" in late.text
    async with units.begin() as uow:
        decided = await uow.session.exec(select(Decision).where(col(Decision.staff_id).is_not(None)))
        assert len(list(decided)) == 1


async def test_a_case_that_changed_meanwhile_is_not_decided(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    path = f"/helpdesk/cases/{application.reference}/decide"
    async with desk_of(app, units, settings) as desk:
        stale = await desk.send(path, **decision_form(application, version=str(application.version - 1)))
    assert stale.status_code == 409
    assert "在您查看期间有了变化" in stale.text
    assert COMMENT in stale.text


async def test_without_means_nobody_can_approve(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await refer(units, offer=None)
    path = f"/helpdesk/cases/{application.reference}"
    async with desk_of(app, units, settings) as desk:
        page = (await desk.open(path)).text
        answer = await desk.send(f"{path}/decide", **decision_form(application, amount=""))
        declined = await desk.send(f"{path}/decide", **decision_form(application, outcome="declined", _key="d"))
    assert "政策不允许直接批准" in page
    assert 'value="approved"' not in page
    assert answer.status_code == 422
    assert declined.status_code == 303


async def stick(units: UnitsOfWork, application: Application, state: StepState, reason: str) -> StepRun:
    async with units.begin() as uow:
        statement = select(StepRun).where(
            col(StepRun.application_id) == application.id, col(StepRun.step) == Step.VERIFY_DOCUMENTS
        )
        run = (await uow.session.exec(statement)).one()
        run.state, run.reason, run.attempt = state, reason, 5
    return run


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.PARKED])
async def test_a_stuck_step_is_explained_and_restarted_once(
    state: StepState, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    run = await stick(units, application, state, "bureau_unavailable" if state is StepState.PARKED else "crashed")
    path = f"/helpdesk/cases/{application.reference}"
    async with desk_of(app, units, settings, Role.OPS) as desk:
        page = (await desk.open(path)).text
        answers = [await desk.send(f"{path}/steps/{run.id}/restart", _key=key) for key in ("one", "one", "two")]
        missing = await desk.send(f"{path}/steps/{application.id}/restart", _key="x")
    assert ("多次中断" in page) or ("征信系统暂时连不上" in page)
    assert [answer.status_code for answer in answers] == [303, 303, 409]
    assert missing.status_code == 404
    async with units.begin() as uow:
        row = await uow.session.get_one(StepRun, run.id)
        assert (row.state, row.attempt, row.reason) == (StepState.DUE, 0, None)
    assert len(await events_of(units, application, EventKind.STEP_RESTARTED)) == 1


async def test_a_note_is_kept_once_and_its_words_are_not_html(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    path = f"/helpdesk/cases/{application.reference}"
    note = "客户说明天上午补材料 <script>alert(1)</script>"
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        empty = await desk.send(f"{path}/notes", text="", _key="e")
        answers = [await desk.send(f"{path}/notes", text=note, _key="k") for _ in range(2)]
        page = (await desk.open(f"{path}?done=noted")).text
    assert empty.status_code == 422
    assert "请先写下备注内容。" in empty.text
    assert all(answer.headers["location"].startswith(f"{path}?done=noted") for answer in answers)
    assert "客户说明天上午补材料 &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert len(await events_of(units, application, EventKind.NOTE_ADDED)) == 1


async def test_the_timeline_tells_who_did_what_and_filters_by_who(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    path = f"/helpdesk/cases/{application.reference}"
    async with desk_of(app, units, settings) as desk:
        await desk.reveal(application.reference, "mobile", "contact_applicant")
        pages = {show: (await desk.open(f"{path}?show={show}")).text for show in ("all", "applicant", "staff", "x")}
    spoken = {"applicant": "提交了申请", "system": "收到征信报告", "staff": "查看了个人信息：手机号，联系申请人"}
    shown = {show: {who for who, words in spoken.items() if words in page} for show, page in pages.items()}
    assert shown == {"all": set(spoken), "x": set(spoken), "applicant": {"applicant"}, "staff": {"staff"}}


async def test_in_english_nothing_breaks(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await refer(units)
    async with desk_of(app, units, settings) as desk:
        desk.browser.cookies.set("language", "en")
        page = await desk.open(f"/helpdesk/cases/{application.reference}")
        listed = await desk.open("/helpdesk?queue=all")
    assert page.status_code == listed.status_code == 200
    assert "Income needs checking." in page.text
    assert 'lang="en"' in page.text


async def test_a_case_page_stays_within_its_statements(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await refer(units)
    for _ in range(4):
        await refer_another(units)
    async with desk_of(app, units, settings) as desk:
        with counted_statements() as first:
            assert (await desk.open(f"/helpdesk/cases/{application.reference}")).status_code == 200
        with counted_statements() as later:
            assert (await desk.open(f"/helpdesk/cases/{application.reference}")).status_code == 200
    assert len(later) <= 8, later
    # The first opening in an hour also appends its event: it locks the head, then writes behind it.
    assert len(first) == len(later) + 2, first


async def refer_another(units: UnitsOfWork) -> None:
    application = await make_submitted(units)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        record = DecisionRecord(Lane.REFER, None, None, None, "m" * 64, "standard-1", make_snapshot(), None, None)
        await record_decision(uow, locked, record)


def watcher_of(desk: Desk, application: Application, **changes: Any) -> Watcher:
    session_id = next(iter(desk.browser.cookies.values()))
    values: dict[str, Any] = {
        "application_id": application.id,
        "reference": application.reference,
        "session_id": session_id,
        "csrf": "token",
        "language": "zh",
        "type_size": "normal",
        "show": "all",
        "after": 0,
        "version": application.version,
    }
    return Watcher(**values | changes)


async def test_frames_show_what_is_new_and_never_a_secret(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    async with desk_of(app, units, settings) as desk:
        watcher = watcher_of(desk, application)
        first = await read_frame(units, settings, watcher, None)
        await desk.send(f"/helpdesk/cases/{application.reference}/decide", **decision_form(application))
        second = await read_frame(units, settings, watcher, first.last_event)
        polled = await desk.open(f"/helpdesk/cases/{application.reference}/live?version={application.version}")
    assert "live-announce" not in first.html
    assert "载入最新内容" not in first.html
    assert second.last_event > first.last_event
    assert "批准了申请" in second.html
    assert "live-announce" in second.html
    assert "载入最新内容" in second.html
    assert polled.status_code == 200
    assert 'hx-target="#events"' in polled.text
    assert not any(secret in second.html + polled.text for secret in SECRETS)


async def test_a_stream_ends_with_its_session(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await refer(units)
    async with desk_of(app, units, settings) as desk:
        watcher = watcher_of(desk, application)
        await desk.send("/helpdesk/sign-out")
        with pytest.raises(Exception, match="登录已过期"):
            await read_frame(units, settings, watcher, None)
