"""What the decision page says: the advice fits the reasons."""

from typing import Any
from uuid import uuid4

import pytest

from portal.db.models import Application, Decision, Lane, Outcome
from portal.domain.application import ApplicationState
from portal.offers.pages import MAIN_REASONS, DecisionPage, decision_page


def page_of(*codes: str, explained: bool = False) -> DecisionPage:
    told: list[dict[str, Any]] = [{"code": code, "zh": f"{code}。", "en": f"{code}."} for code in codes]
    application = Application(
        reference="XD4KKTFXFHXK", applicant_id=uuid4(), script_version="1", state=ApplicationState.DECLINED
    )
    decision = Decision(application_id=application.id, lane=Lane.DECLINE, outcome=Outcome.DECLINED)
    return decision_page(application, decision, told, None, language="en", explained=explained)


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
