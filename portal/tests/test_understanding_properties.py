"""What holds for any message: no crash, the same again, digits of identities never money, time by length."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.identity import check_digit
from portal.script.catalogue import scripts
from portal.understanding.money import MONEY
from portal.understanding.parse import understand
from portal.understanding.utterances import read_utterances

_PIECES = st.one_of(
    st.sampled_from(
        ("借", "五万", "5w", "三年", "36期", "月薪", "8000", "房租", "，", " ", "不对", "是", "改", "手机号", "万")
    ),
    st.sampled_from(
        ("13800138000", "多", "一", "个月", "k", "到", "-", "年", "装修", "我叫", "在", "上班", "吗", "?", "x")
    ),
    st.sampled_from(("2024年", "5月", "1号", "。", "０", "貳")),
)
_MESSAGES = st.one_of(st.text(max_size=120), st.lists(_PIECES, max_size=14).map("".join))
_ASKED = st.sampled_from([question.slot for question in scripts().open().questions])


@settings(max_examples=400, deadline=None)
@given(_MESSAGES, _ASKED)
def test_any_text_is_understood_the_same_way_twice(message: str, asked: str) -> None:
    assert understand(message, asked) == understand(message, asked)


@settings(max_examples=150, deadline=None)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-"]),
    st.sampled_from(["我的手机是{}", "{}", "借五万，电话{}，三年", "call {} please"]),
    _ASKED,
)
def test_the_digits_of_a_phone_never_become_money(mobile: str, between: str, frame: str, asked: str) -> None:
    spelled = between.join((mobile[:3], mobile[3:7], mobile[7:]))
    meant = understand(frame.format(spelled), asked)
    assert meant.slots.get("mobile") == mobile
    assert {meant.slots.get(slot) for slot in MONEY} <= {None, 50_000}
    assert meant.slots.get("term") in (None, 36)


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"[1-6][1-5][0-9]{4}19[5-9][0-9]0[1-9]1[0-9][0-9]{3}", fullmatch=True), st.booleans(), _ASKED)
def test_the_digits_of_an_identity_never_become_money(first17: str, right: bool, asked: str) -> None:
    digits = "0123456789X"
    check = check_digit(first17)
    number = first17 + (check if right else digits[(digits.index(check) + 1) % 10])
    meant = understand(f"身份证{number}，借五万", asked)
    assert meant.slots.get("amount") == 50_000
    assert not {"term", "mobile", "housing_cost", "monthly_income"} & meant.slots.keys()
    assert right or "id_number" not in meant.slots


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["到", "-", "至", "或者", "还是", "~", "、或"]))
def test_one_of_two_sums_is_never_chosen(one: int, other: int, between: str) -> None:
    meant = understand(f"借{one}万{between}{other}万")
    assert meant.slots.get("amount") in (None, one * 10_000 if one == other else None)


@pytest.mark.parametrize(
    "piece", ["借五万", "1 ", "一", "不", "a b", "1-", "在公司", "万一", "(", "is it ", "￥", "年", "。"]
)
def test_a_long_message_costs_no_more_than_its_first_500_characters(piece: str) -> None:
    understand(piece)
    start = time.process_time()
    understand(piece * 5_000)
    assert time.process_time() - start < 1.0


def test_nobody_is_named_twice_in_the_labelled_messages() -> None:
    seen: dict[tuple[str, str], str] = {}
    for row in read_utterances():
        key = row["text"], row.get("asked", "amount")
        assert key not in seen, row["text"]
        seen[key] = row["set"]
