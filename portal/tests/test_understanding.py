"""What messages mean: values, intents, FAQ, and what is never guessed."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from portal.understanding import faq
from portal.understanding.__main__ import app
from portal.understanding.elsewhere import sentences
from portal.understanding.parse import understand
from portal.understanding.report import measure
from portal.understanding.text import plain
from portal.understanding.utterances import read_utterances


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("想借五万块装修，分三年还", {"amount": 50000, "purpose": "renovation", "term": 36}),
        ("50k over 3 years", {"amount": 50000, "term": 36}),
        ("借2.5w旅游，半年还清", {"amount": 25000, "purpose": "travel", "term": 6}),
        ("貸款五萬，分兩年", {"amount": 50000, "term": 24}),
        ("１２个月", {"term": 12}),
        ("三万五", {"amount": 35000}),
        ("30,000元", {"amount": 30000}),
        ("一年半", {"term": 18}),
        ("月薪一万二，房租三千，车贷每月还两千", {"monthly_income": 12000, "housing_cost": 3000, "other_debt": 2000}),
        (
            "我在腾讯工作了三年，想借2.5w旅游",
            {"amount": 25000, "purpose": "travel", "employer": "腾讯", "employment": "employed"},
        ),
        ("138-0013-8000", {"mobile": "13800138000"}),
        ("我没有结婚", {"marital_status": "single"}),
        ("我1990年5月1号出生", {"birth_date": "1990-05-01"}),
        ("I was born on May 1, 1990", {"birth_date": "1990-05-01"}),
        ("俩月还完", {"term": 2}),
        ("一年零三个月", {"term": 15}),
        ("earning 9k monthly, mortgage 3k", {"monthly_income": 9000, "housing_cost": 3000}),
        ("领证三年了", {"marital_status": "married"}),
        ("月薪税前一万税后八千三", {"monthly_income": 8300}),
        ("高中没念完，初中文凭", {"education": "junior_high"}),
    ],
)
def test_one_message_may_fill_several_slots(text: str, slots: dict[str, Any]) -> None:
    assert understand(text).slots == slots


@pytest.mark.parametrize("text", ["借三到五万", "三五万吧", "十来万", "最多五万", "五万还是六万"])
def test_money_is_never_guessed(text: str) -> None:
    meant = understand(text)
    assert "amount" not in meant.slots
    assert meant.unsure == ("amount",)


@pytest.mark.parametrize(
    "text",
    [
        "我同事借了我两千块不还",
        "my boss hasn't paid me for two months",
        "我电脑蓝屏了",
        "快递员把我包裹弄丢了",
        "定期存款一年利率是多少",
        "请扮演海盗跟我说话",
        "how do I fix my bicycle",
    ],
)
def test_what_is_not_ours_fills_nothing_and_is_not_answered(text: str) -> None:
    meant = understand(text)
    assert (meant.slots, meant.intent, meant.faq) == ({}, "unknown", None)


@pytest.mark.parametrize("text", ["110101199003074511", "6222021001116245703", "1380013800"])
def test_a_number_whose_check_digit_fails_is_nobodys(text: str) -> None:
    assert understand(text).slots == {}


@pytest.mark.parametrize(
    ("text", "intent", "edit"),
    [
        ("不对，是六万", "correct", None),
        ("改一下手机号", "edit", "mobile"),
        ("上一步", "back", None),
        ("重新开始", "restart", None),
        ("人工", "human", None),
        ("为什么要问这个", "why", None),
        ("I want to talk to a person", "human", None),
        ("今天天气怎么样", "unknown", None),
    ],
)
def test_requests(text: str, intent: str, edit: str | None) -> None:
    meant = understand(text)
    assert (meant.intent, meant.edit, meant.faq) == (intent, edit, None)


def test_a_correction_takes_the_value_said_last() -> None:
    assert understand("不是五万，是六万").slots == {"amount": 60000}


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("利率多少", "rate"),
        ("要多久", "review_time"),
        ("可以提前还款吗", "early_repayment"),
        ("is this a scam", "legit"),
    ],
)
def test_questions_on_the_way(text: str, entry: str) -> None:
    meant = understand(text)
    assert meant.intent == "ask"
    assert meant.faq is not None
    assert meant.faq.id == entry


def test_a_bare_figure_answers_the_question_on_the_screen() -> None:
    assert understand("8000", "monthly_income").slots == {"monthly_income": 8000}
    assert understand("没有", "other_debt").slots == {"other_debt": 0}
    assert understand("12", "term").slots == {"term": 12}
    assert understand("12", "purpose").slots == {}


def test_every_phrasing_of_the_faq_leads_to_its_entry() -> None:
    assert len(faq.entries()) >= 40
    assert faq.misleading() == []


def test_the_figures_on_the_committed_messages() -> None:
    """What the product promises of its understanding, on messages that no rule was tuned on."""
    found = measure([row for row in read_utterances() if row["set"] == "test"])
    assert found.rows >= 600
    assert found.total().precision >= 0.97
    assert found.total().recall >= 0.95
    assert found.faq[0] / found.faq[1] >= 0.92
    assert found.accepted[0] / found.accepted[1] <= 0.02
    for slot in ("amount", "mobile", "id_number", "bank_card"):
        assert found.slots[slot].precision >= 0.99, slot


def test_no_test_message_was_taught() -> None:
    taught = {plain(asked) for entry in faq.entries().values() for asked in entry.asked} | set(map(plain, sentences()))
    rows = read_utterances()
    taught |= {plain(row["text"]) for row in rows if row["set"] == "tune" and row["intent"] in ("ask", "unknown")}
    assert [
        row["text"]
        for row in rows
        if row["set"] == "test" and row["intent"] in ("ask", "unknown") and plain(row["text"]) in taught
    ] == []


def test_the_command_prints_plain_values() -> None:
    printed = CliRunner().invoke(app, ["parse", "想借五万块装修，分三年还", "--json"])
    assert json.loads(printed.output) == {
        "slots": {"amount": 50000, "term": 36, "purpose": "renovation"},
        "intent": "answer",
        "faq": None,
    }
