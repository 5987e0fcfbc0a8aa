"""Specimens of the bench are the same for the same seed, and their truth is what the reader would say."""

import re
from pathlib import Path

import pytest

from e2e.bench.documents.figures import Figure, write_between_marks
from e2e.bench.documents.samples import KINDS, REFUSALS, make_sample
from e2e.bench.documents.score import common, score
from portal.domain.identity import IdNumber
from workers.ocr.normal import person_name
from workers.ocr.reading import Field, KindName, Reading

_DATE = r"\d{4}-\d\d-\d\d"
_FEN = r"-?\d+"
_FORMS = {
    "id_number": r"\d{17}[\dX]", "birth_date": _DATE, "valid_from": _DATE, "valid_to": rf"{_DATE}|long_term",
    "sex": "[MF]", "issued_on": _DATE, "period": r"\d{4}-\d\d", "paid_to": r"\d{4}-\d\d", "gross_pay": _FEN,
    "net_pay": _FEN, "deductions": _FEN, "monthly_income": _FEN, "annual_income": _FEN, "base": _FEN, "balance": _FEN,
    "monthly_deposit": _FEN, "period_from": _DATE, "period_to": _DATE, "account": r"[\d*]{16,19}",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_truth_is_in_the_readers_normal_form(kind: KindName) -> None:
    truth = make_sample(7, kind, "ok").truth
    assert (truth.kind, truth.quality) == (kind, "ok")
    for name, value in truth.fields.items():
        assert re.fullmatch(_FORMS.get(name, r"\S+"), value), name
    if "name" in truth.fields:
        assert person_name(truth.fields["name"]) == truth.fields["name"]
    if "id_number" in truth.fields:
        # A city's code: nobody is registered under it.
        assert IdNumber.parse(truth.fields["id_number"]).region.endswith("00")
    for row in truth.rows:
        assert re.fullmatch(_DATE, row["date"])
        assert re.fullmatch(_FEN, row["amount"])
        assert re.fullmatch(_FEN, row["balance"])
    if kind == "bank_statement":
        assert truth.rows


def test_the_same_seed_draws_the_same_file() -> None:
    cases: tuple[tuple[int, KindName], ...] = ((3, "id_card_front"), (21, "bank_statement"))
    for seed, kind in cases:
        assert make_sample(seed, kind) == make_sample(seed, kind)
    assert make_sample(1).data != make_sample(2).data


@pytest.mark.parametrize("reason", REFUSALS)
def test_what_nobody_can_read_is_due_its_refusal(reason: str) -> None:
    sample = make_sample(11, quality=reason)
    assert sample.truth.quality == reason
    assert (sample.truth.kind == "unknown") == (reason == "not_a_document")
    if reason == "wrong_side":
        assert {sample.truth.kind, sample.expected} == {"id_card_front", "id_card_back"}


def test_a_wrong_value_above_the_threshold_is_an_accepted_one() -> None:
    sample = make_sample(7, "id_card_front", "ok")
    box = (0, 0, 1, 1)
    right = {name: Field(value, 0.99, 0, box) for name, value in sample.truth.fields.items()}
    assert not score(sample, Reading("id_card_front", "ok", right)).misses
    wrong = {**right, "name": Field("王小", 0.95, 0, box), "sex": Field("X", 0.5, 0, box)}
    outcome = score(sample, Reading("id_card_front", "ok", wrong))
    assert [(miss.field, miss.accepted) for miss in outcome.misses] == [("name", True), ("sex", False)]
    assert (outcome.accepted, outcome.asked) == (5, 1)
    assert score(sample, Reading("unknown", "blurred")).refused


def test_a_share_of_nothing_is_not_met() -> None:
    assert not Figure("none", 0, 0, 0.9).met
    assert Figure("few wrong", 1, 1000, 0.002, at_least=False).met


def test_the_longest_common_subsequence_keeps_the_order() -> None:
    assert common("中国银行", "中央银行") == 3
    assert common("ab", "ba") == 1


def test_the_table_goes_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- /x -->\nb\n")
    write_between_marks(page, "x", "new")
    assert page.read_text() == "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"
    with pytest.raises(ValueError, match="no <!-- y --> marks"):
        write_between_marks(page, "y", "new")
