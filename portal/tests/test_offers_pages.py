"""What the decision page says: the advice fits the reasons."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from portal.applications.queries import get_application
from portal.db.models import Application, Decision, EngineKind, Lane, Outcome, Role
from portal.db.uow import UnitsOfWork
from portal.domain.application import ApplicationState
from portal.offers.pages import MAIN_REASONS, DecisionPage, Told, decision_page
from portal.policies.service import begin_first_term
from portal.settings import Settings
from portal.testing.cases import make_snapshot, make_submitted, sign_in
from portal.testing.desk import desk_of
from portal.underwriting.engine import keep_version
from portal.underwriting.service import DecisionRecord, record_decision


def page_of(*codes: str, explained: bool = False) -> DecisionPage:
    told: list[dict[str, Any]] = [{"code": code, "zh": f"{code}。", "en": f"{code}."} for code in codes]
    application = Application(
        reference="XD4KKTFXFHXK", applicant_id=uuid4(), script_version="1", state=ApplicationState.DECLINED
    )
    decision = Decision(application_id=application.id, lane=Lane.DECLINE, outcome=Outcome.DECLINED)
    return decision_page(application, decision, Told(told), None, language="en", explained=explained)


@pytest.mark.parametrize(
    ("codes", "about_debts"),
    [
        (("rule_watch_list",), False),
        (("rule_watch_list", "rule_fraud"), False),
        (("rule_watch_list", "rule_current_delinquency"), True),
        (("lateness", "utilisation"), True),
        ((), True),
    ],
)
def test_who_owes_nothing_is_not_told_to_pay(codes: tuple[str, ...], about_debts: bool) -> None:
    assert page_of(*codes).about_debts is about_debts


def test_the_main_reasons_come_first_and_all_when_asked() -> None:
    codes = tuple("abcdef")
    assert page_of(*codes).reasons == tuple(f"{code}." for code in codes[:MAIN_REASONS])
    assert page_of(*codes, explained=True).reasons == tuple(f"{code}." for code in codes)


def test_hints_are_told_in_the_visitors_language() -> None:
    application = Application(reference="XD4KKTFXFHXK", applicant_id=uuid4(), script_version="1")
    application.state = ApplicationState.DECLINED
    decision = Decision(application_id=application.id, lane=Lane.DECLINE, outcome=Outcome.DECLINED)
    told = Told((), [{"code": "another_loan", "zh": "改为申请 5,000 元。", "en": "Ask for 5,000 yuan."}])
    pages = [decision_page(application, decision, told, None, language=one, explained=False) for one in ("zh", "en")]
    assert [page.hints for page in pages] == [("改为申请 5,000 元。",), ("Ask for 5,000 yuan.",)]


async def test_a_declined_person_reads_what_was_tried_for_them(
    app: Litestar, client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    hint = {"code": "another_loan", "zh": "改为申请 5,000 元、12 个月。", "en": "Ask for 5,000 yuan over 12 months."}
    snapshot = make_snapshot([{"code": "rule_affordability", "zh": "还款占比太高。", "en": "Too much."}], hints=[hint])
    async with units.begin() as uow:
        await keep_version(uow, EngineKind.POLICY, "standard-1+a", b"", {})
        await begin_first_term(uow, "standard-1+a")
        locked = await get_application(uow, application.id, for_update=True)
        record = DecisionRecord(Lane.DECLINE, 0.1, 500, "D", "m" * 64, "standard-1+a", snapshot, None, None)
        await record_decision(uow, locked, record)
    await sign_in(client, units, settings, application.applicant_id)
    page = (await client.get(f"/applications/{application.reference}/decision")).text
    assert "改为申请 5,000 元、12 个月。" in page
    assert "之后可以再申请" not in page, "general advice would contradict what was tried"
    client.cookies.set("language", "en")
    english = (await client.get(f"/applications/{application.reference}/decision")).text
    assert "Ask for 5,000 yuan over 12 months." in english
    async with desk_of(app, units, settings, Role.OFFICER) as desk:
        assert "改为申请 5,000 元、12 个月。" in (await desk.open(f"/helpdesk/cases/{application.reference}")).text
    async with desk_of(app, units, settings, Role.SUPPORT) as desk:
        assert "改为申请 5,000 元" not in (await desk.open(f"/helpdesk/cases/{application.reference}")).text
