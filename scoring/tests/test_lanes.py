import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom
from typer.testing import CliRunner

from scoring.__main__ import app
from scoring.lanes.attainable import Targets, base_rate_limit, is_attainable, nearest
from scoring.lanes.bands import band, p_value
from scoring.lanes.certify import Certified, Refused, choose, required_approvals
from scoring.lanes.frontier import FIGURES
from scoring.lanes.sample import NOBODY, Sample, SampleError, make_sample, read_sample
from scoring.policy import frontier
from scoring.policy_file import load_policy
from scoring.tests.conftest import Edited
from scoring.tests.portfolios import broken, two_normals

JOINT = Targets(automation=0.8)


def drawn(base_rate: float, size: int, seed: int = 5) -> Sample:
    """Scores of AUC 0.785 at this base rate."""
    return make_sample(*two_normals(base_rate).draw(np.random.default_rng(seed), size))


def as_lists(sample: Sample) -> tuple[list[float], list[int]]:
    return [*sample.good, *sample.bad], [0] * len(sample.good) + [1] * len(sample.bad)


def test_a_pair_counts_what_it_says() -> None:
    pds, bads = [0.01, 0.02, 0.03, 0.10, 0.20, 0.30, 0.50, 0.60], [0, 0, 1, 0, 1, 0, 1, 0]
    point = next(frontier(pds, bads, approve=[0.1], decline=[0.5]).points)
    values = {name: getattr(point, name).value for name in FIGURES}
    assert values == {
        "automation": 6 / 8,
        "approval": 4 / 8,
        "decline": 2 / 8,
        "bad_rate": 1 / 4,
        "accuracy": 4 / 6,
        "bad_capture": 2 / 3,
        "decline_precision": 1 / 2,
    }


def test_every_pair_has_every_figure_inside_its_band() -> None:
    found = frontier(*as_lists(drawn(0.1, 4_000)), base_rate=0.03)
    assert len(found) > 4_000
    assert (found.approve_max_pd < found.decline_min_pd).all()
    assert (found.decline_min_pd == NOBODY).sum() >= 99
    for name in FIGURES:
        one = getattr(found, name)
        known = ~np.isnan(one.value)
        assert known.any()
        assert (one.low[known] <= one.value[known] + 1e-12).all()
        assert (one.value[known] <= one.high[known] + 1e-12).all()


def test_another_base_rate_moves_the_bad_rate_as_bayes_says() -> None:
    sample = drawn(0.22, 20_000)
    own, other = (
        next(frontier(*as_lists(sample), base_rate=b, approve=[0.2], decline=[NOBODY]).points) for b in (None, 0.03)
    )
    share = len(sample.bad) / sample.size
    odds = own.bad_rate.value / (1 - own.bad_rate.value) * (0.03 / 0.97) / (share / (1 - share))
    assert other.bad_rate.value == pytest.approx(odds / (1 + odds))
    assert other.bad_capture.value == pytest.approx(own.bad_capture.value)
    assert other.bad_capture.low == pytest.approx(own.bad_capture.low)


@given(st.integers(0, 60), st.integers(0, 900), st.floats(0.5, 0.99))
@settings(max_examples=100, deadline=None)
def test_without_weights_bands_and_p_values_are_the_exact_binomial_ones(
    hits: int, misses: int, confidence: float
) -> None:
    found = band(((np.array([float(hits)]), 1.0),), ((np.array([float(misses)]), 1.0),), confidence).figure(0)
    tail = (1 - confidence) / 2
    assert found.low == pytest.approx(beta.ppf(tail, hits, misses + 1) if hits else 0.0, abs=1e-9)
    assert found.high == pytest.approx(beta.ppf(1 - tail, hits + 1, misses) if misses else 1.0, abs=1e-9)
    p = p_value(((np.array([float(hits)]), 1.0),), ((np.array([float(misses)]), 1.0),), 0.015)[0]
    assert p == pytest.approx(binom.cdf(hits, hits + misses, 0.015) if misses else 1.0, abs=1e-9)


def test_how_many_approvals_a_promise_takes() -> None:
    at_one, at_more = required_approvals(0.015, 0.010), required_approvals(0.015, 0.012)
    assert at_one is not None
    assert at_more is not None
    assert 1_350 <= at_one <= 1_650
    assert 3_700 <= at_more <= 4_400
    assert required_approvals(0.015, 0.015) is None
    assert required_approvals(0.015, 0.014_999_9) is not None


def test_the_limit_of_all_three_targets_is_found() -> None:
    """By the exact curves at AUC 0.785 the three meet at a base rate near 3.3 %."""
    limit = base_rate_limit(drawn(0.22, 60_000), JOINT)
    assert limit is not None
    assert 0.031 <= limit <= 0.037
    sample = drawn(0.22, 60_000)
    assert is_attainable(sample.at(limit - 0.0005), JOINT)
    assert not is_attainable(sample.at(limit + 0.0005), JOINT)


def test_certified_thresholds_hold_and_leave_room_for_a_person() -> None:
    choice = choose(drawn(0.03, 8_000), Targets())
    assert isinstance(choice, Certified)
    assert 0 < choice.approve_max_pd_ppm + 1 < choice.decline_min_pd_ppm
    assert choice.point.bad_rate.value < 0.015
    assert choice.point.accuracy.value >= 0.95
    assert choice.point.decline.value <= 0.05
    assert choose(drawn(0.03, 8_000), Targets()) == choice


@pytest.mark.parametrize("cap", [0.0, 0.01])
def test_the_score_alone_declines_no_more_than_the_cap(cap: float) -> None:
    choice = choose(drawn(0.03, 8_000), Targets(decline_cap=cap))
    assert isinstance(choice, Certified)
    assert choice.point.decline.value <= cap


def test_too_few_cases_refer_everybody_and_say_how_many_are_missing() -> None:
    choice = choose(drawn(0.02, 250), Targets())
    assert isinstance(choice, Refused)
    assert choice.needed is not None
    assert choice.needed > choice.approvals


def test_an_impossible_target_is_refused_with_what_is_near() -> None:
    sample = drawn(0.06, 20_000)
    choice = choose(sample, JOINT)
    assert isinstance(choice, Refused)
    assert choice.needed is None
    near = choice.nearest
    assert near == nearest(sample, JOINT)
    assert near.automation is not None
    assert near.automation < 0.8
    assert near.bad_rate is not None
    assert near.bad_rate > 0.015
    assert choice.base_rate_limit == pytest.approx(0.034, abs=0.004)


def test_promises_are_kept_on_resampled_portfolios() -> None:
    certified, wrong = broken(two_normals(0.03), portfolios=40, size=4_000, seed=3)
    assert certified >= 20
    assert wrong <= 2


@pytest.mark.parametrize(
    ("pds", "bads", "sentence"),
    [
        ([0.1, math.nan], [0, 1], "no probability of default"),
        ([0.1, math.inf], [0, 1], "no probability of default"),
        ([0.1, 620.0], [0, 1], "no probability of default"),
        ([0.1, 0.2], [0, 2], "neither 0"),
        ([0.1, 0.2], [0, math.nan], "neither 0"),
        ([0.1, 0.2], [0, 0], "all outcomes are the same"),
        ([0.1, 0.2], [0], "same length"),
        ([], [], "all outcomes are the same"),
    ],
)
def test_cases_that_cannot_teach_are_refused(pds: list[float], bads: list[float], sentence: str) -> None:
    with pytest.raises(SampleError, match=sentence):
        frontier(pds, bads)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no column pd"),
        ("pd,bad\n", "no cases"),
        ("pd,late\n0.1,1\n", "no column bad"),
        ("pd,bad\n0.1,1\n,0\n", "line 3"),
        ("pd,bad\n0.1,1\n0.2\n", "line 3"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(text)
    with pytest.raises(SampleError, match=sentence):
        read_sample(file)


def test_one_command_writes_thresholds_with_their_derivation(tmp_path: Path, edited: Edited) -> None:
    cases = tmp_path / "cases.csv"
    pds, bads = as_lists(drawn(0.03, 8_000))
    cases.write_text("pd,bad\n" + "".join(f"{pd:.6f},{bad}\n" for pd, bad in zip(pds, bads, strict=True)))
    folder = edited("policy.toml", "# The lender", "# A lender")
    before = load_policy(folder)
    done = CliRunner().invoke(app, ["lanes", str(cases), "--policy", str(folder), "--about", "drawn", "--write"])
    assert done.exit_code == 0, done.output
    after = load_policy(folder)
    assert after.version != before.version
    assert after.rules_version == before.rules_version
    assert after.lanes.derivation["certified"] is True
    assert after.lanes.derivation["cases"] == "drawn"
    few = tmp_path / "few.csv"
    few.write_text("\n".join(cases.read_text().splitlines()[:1] + cases.read_text().splitlines()[-250:]))
    refused = CliRunner().invoke(app, ["lanes", str(few), "--policy", str(folder), "--write"])
    assert refused.exit_code == 1
    assert "everything is referred" in refused.output
    assert load_policy(folder).lanes.approve_max_pd_ppm == 0


def test_the_other_commands(tmp_path: Path, edited: Edited) -> None:
    cases = tmp_path / "cases.csv"
    pds, bads = as_lists(drawn(0.2, 4_000))
    cases.write_text("score,late\n" + "".join(f"{pd:.6f},{bad}\n" for pd, bad in zip(pds, bads, strict=True)))
    columns = ["--score", "score", "--outcome", "late"]
    shown = CliRunner().invoke(
        app, ["frontier", str(cases), *columns, "--base-rate", "0.03", "--out", str(tmp_path / "all.csv")]
    )
    assert shown.exit_code == 0, shown.output
    assert len((tmp_path / "all.csv").read_text().splitlines()) > 4_000
    assert "base rate of 3." in CliRunner().invoke(app, ["limit", str(cases), *columns]).output
    assert CliRunner().invoke(app, ["limit", str(cases)]).exit_code == 2
    assert CliRunner().invoke(app, ["check"]).exit_code == 0
    broken_folder = edited("exposure.json", ">= 8", ">= 9")
    told = CliRunner().invoke(app, ["check", str(broken_folder)])
    assert told.exit_code == 1
    assert "没有一行说明这种情况" in told.output
