import json
from pathlib import Path

import pytest

from scoring.policy_edit import Edits, Parameter, edit, parameters, write
from scoring.policy_file import STANDARD, Policy, PolicyError, load_policy, read_folder


def by_key() -> dict[str, Parameter]:
    return {one.key: one for one in parameters(STANDARD)}


def written(tmp_path: Path, edits: Edits) -> Policy:
    return write(edit(STANDARD, edits), tmp_path)


def test_every_figure_and_outcome_has_a_key_of_its_own() -> None:
    found = parameters(STANDARD)
    known = by_key()
    assert len(known) == len(found)
    rate = known["price.rate.rate-A.annual_rate_bp"]
    assert (rate.kind, rate.value, rate.rows) == ("bp", 720, ("rate-A",))
    inquiries = known["exposure.inquiries.inquiring_3m.0"]
    assert (inquiries.value, inquiries.rows) == (8, ("inquiries-refer", "inquiries-pass"))
    assert [known[f"knock_out.product.term_months.{n}"].value for n in range(5)] == [6, 12, 18, 24, 36]
    assert known["lanes.approve_max_pd_ppm"].kind == "ppm"
    assert known["policy.fraud.window_days"].value == load_policy().limits.fraud.window_days
    assert known["knock_out.age.age-young.outcome"].value == "decline"
    # A setting that a cell names is changed where it stands, not in the cell.
    assert not any(one.table == "score" and one.kind == "ppm" for one in found)


def test_without_edits_and_with_the_same_values_it_is_the_same_policy(tmp_path: Path) -> None:
    assert edit(STANDARD, {}) == read_folder(STANDARD)
    same: Edits = {key: one.value for key, one in by_key().items() if not key.startswith("lanes.")}
    files = edit(STANDARD, same)
    for name, content in read_folder(STANDARD).items():
        if name.endswith(".json"):
            assert json.loads(files[name]) == json.loads(content)
    assert write(files, tmp_path).limits == load_policy().limits


def test_a_threshold_moves_in_all_its_rows(tmp_path: Path) -> None:
    policy = written(tmp_path, {"exposure.inquiries.inquiring_3m.0": 5, "price.rate.rate-A.annual_rate_bp": 690})
    assert [row.cells[0].text for row in policy.tables["inquiries"].rows] == ["null", ">= 5", "< 5"]
    assert policy.tables["rate"].row("rate-A").gives["annual_rate_bp"] == 690
    assert policy.version.startswith("standard-")
    assert policy.version != load_policy().version
    assert policy.lanes == load_policy().lanes


def test_numbers_that_change_places_are_exchanged_once(tmp_path: Path) -> None:
    terms = {"knock_out.product.term_months.3": 30, "knock_out.product.term_months.4": 48}
    cells = written(tmp_path, terms).tables["product"].row("product-pass").cells
    assert cells[1].text == "6, 12, 18, 30, 48"


def test_limits_and_outcomes_and_lines(tmp_path: Path) -> None:
    edits: Edits = {
        "policy.product.max_amount_fen": 10_000_000,
        "policy.fraud.submissions_24h": 2,
        "knock_out.employment.employment-refer.outcome": "decline",
        "lanes.approve_max_pd_ppm": 200_000,
    }
    policy = written(tmp_path, edits)
    assert policy.limits.product.max_amount_fen == 10_000_000
    assert policy.limits.product.min_amount_fen == load_policy().limits.product.min_amount_fen
    assert policy.limits.fraud.submissions_24h == 2
    assert policy.tables["employment"].row("employment-refer").gives["outcome"] == "decline"
    assert policy.lanes.approve_max_pd_ppm == 200_000
    assert policy.lanes.decline_min_pd_ppm == load_policy().lanes.decline_min_pd_ppm
    assert policy.lanes.derivation == {}, "what certified the old lines says nothing about these"


@pytest.mark.parametrize(
    ("edits", "place", "zh"),
    [
        ({"price.rate.rate-D.annual_rate_bp": 2_401}, "price/rate/rate-D", "超出法定界限：综合融资成本年化不超过 24%"),
        ({"policy.product.max_amount_fen": 20_100_000}, "product.max_amount_fen", "互联网贷款管理暂行办法"),
        ({"knock_out.documents.mismatches.0": 1}, "knock_out/documents", "没有一行说明这种情况"),
        ({"knock_out.current_delinquency.months_past_due_now.2": 4}, "knock_out/current_delinquency", "同时适用于"),
        ({"policy.fraud.income_gap_bp": 9_000}, "fraud.income_gap_bp", "不在允许的范围内"),
        ({"knock_out.authorisation.authorisation-refer.outcome": "pass"}, "authorisation-refer", "征信业管理条例"),
        ({"knock_out.age.age-unknown.outcome": "pass"}, "knock_out/age/age-unknown", "资料未知时不能判为通过"),
        ({"lanes.approve_max_pd_ppm": 700_000}, "lanes.decline_min_pd_ppm", "拒绝线应高于通过线"),
        ({"price.rate.rate-F.annual_rate_bp": 700}, "price.rate.rate-F", "没有这个参数"),
        ({"price.rate.rate-A.annual_rate_bp": "pass"}, "price.rate.rate-A", "不能取这样的值"),
        ({"knock_out.age.age-young.outcome": "perhaps"}, "knock_out.age.age-young", "不能取这样的值"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(tmp_path: Path, edits: Edits, place: str, zh: str) -> None:
    with pytest.raises(PolicyError) as refused:
        written(tmp_path, edits)
    assert place in refused.value.field
    assert zh in refused.value.zh
    assert refused.value.problem
