import hashlib
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from scoring.artifact import FILES, MANIFEST
from scoring.features import FEATURES, NAMES, FeatureVector
from scoring.metrics import auc
from scoring.model import CHAMPION, ArtifactError, Model, Scorecard, load
from scoring.portfolio import generate


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHAMPION, tmp_path / "artifact"))


def reseal(artifact: Path, name: str, content: bytes) -> None:
    """Change a file and make the manifest agree, as somebody would who wants it to pass."""
    (artifact / name).write_bytes(content)
    manifest = json.loads((artifact / MANIFEST).read_text())
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (artifact / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "remove"])
def test_a_damaged_artifact_does_not_load(artifact: Path, model: Model, name: str, damage: str) -> None:
    file = artifact / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    elif damage == "truncate":
        del content[-max(2, len(content) // 10) :]
    else:
        content.clear()
    file.write_bytes(bytes(content))
    if damage == "remove":
        file.unlink()
    with pytest.raises(ArtifactError):
        load(artifact, expected_hash=model.hash)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_with_the_old_manifest_does_not_load(artifact: Path, name: str) -> None:
    (artifact / name).write_bytes((artifact / name).read_bytes() + b"\n")
    with pytest.raises(ArtifactError, match="not the file that was published"):
        load(artifact)


def test_a_resealed_artifact_is_another_model(artifact: Path, model: Model) -> None:
    reseal(artifact, "card.html", b"better than it is")
    assert load(artifact).hash != model.hash
    with pytest.raises(ArtifactError, match="another model"):
        load(artifact, model.hash)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.txt", b"tree\n"),
        ("calibrator.json", b'{"kind": "platt", "slope": -1, "intercept": 0}'),
        ("calibrator.json", b'{"kind": "platt", "slope": NaN, "intercept": 0}'),
        ("calibrator.json", b"[]"),
        ("schema.json", b"{}"),
        ("metrics.json", b"nothing"),
    ],
)
def test_a_resealed_file_that_makes_no_sense_does_not_load(artifact: Path, name: str, content: bytes) -> None:
    reseal(artifact, name, content)
    with pytest.raises(ArtifactError):
        load(artifact)


def test_features_that_no_report_supplies_do_not_load(artifact: Path) -> None:
    schema = json.loads((artifact / "schema.json").read_text())
    schema["inputs"][3]["name"] = "telephone_bill"
    reseal(artifact, "schema.json", json.dumps(schema).encode())
    text = (artifact / "model.txt").read_text()
    reseal(artifact, "model.txt", text.replace(NAMES[3], "telephone_bill", 1).encode())
    with pytest.raises(ArtifactError, match="'telephone_bill', which no report can supply"):
        load(artifact)


def test_features_in_another_order_do_not_load(artifact: Path) -> None:
    schema = json.loads((artifact / "schema.json").read_text())
    schema["inputs"].reverse()
    reseal(artifact, "schema.json", json.dumps(schema).encode())
    with pytest.raises(ArtifactError, match="inputs of the schema"):
        load(artifact)


def test_the_champion_is_small_attributed_and_as_good_as_its_card_says(model: Model) -> None:
    assert sum(file.stat().st_size for file in CHAMPION.iterdir()) < 1_500_000
    card = (CHAMPION / "card.html").read_text(encoding="utf-8")
    for said in ("Yeh, I-Cheng (2009)", "CC BY 4.0", "UCI Machine Learning Repository 350", "SEX, MARRIAGE, AGE"):
        assert said in card
    figures = model.metrics["cross_validation"]
    assert sum(fold["auc"] for fold in model.metrics["folds"]) / 5 >= 0.789
    assert figures["brier"] <= 0.1333
    assert figures["ece"] <= 0.006
    assert figures["cases"] == 30_000


def test_it_ranks_people_it_was_not_trained_on(model: Model) -> None:
    cases = list(generate(11, 3_000))
    pds = np.array([model.pd(case.features) for case in cases])
    bad = np.array([float(case.defaulted) for case in cases])
    assert auc(pds, bad) > 0.72
    assert abs(pds.mean() - bad.mean()) < 0.03


def test_risk_follows_the_monotone_constraints(model: Model) -> None:
    cases = list(generate(11, 400))
    for index, feature in enumerate(FEATURES):
        if not feature.monotone:
            continue
        seen = sorted({case.features.values[index] for case in cases if not math.isnan(case.features.values[index])})
        grid = seen[:: max(1, len(seen) // 12)]
        for case in cases[:6]:
            pds = [model.pd(_with(case.features, index, value)) for value in grid]
            assert pds == sorted(pds, reverse=feature.monotone < 0), feature.name


def test_contributions_add_up_to_the_score(model: Model) -> None:
    totals = set()
    for case in generate(5, 20):
        score = model.score(case.features)
        odds = math.log(score.pd / (1 - score.pd))
        totals.add(round(odds - sum(value for _, value in score.contributions), 3))
    assert len(totals) == 1


def test_points_and_grades(model: Model) -> None:
    card = model.scorecard
    assert card.points(1 / 51) == 600
    assert card.points(1 / 101) == 620
    assert (card.points(0.9999), card.points(0.0001)) == (300, 753)
    pds = [0.0001, *(most for _, most in card.bands)]
    assert [card.grade(pd) for pd in pds] == ["A", "A", "B", "C", "D", "E"]
    assert card.grade(0.0771) == "B"
    assert Scorecard.of(card.tree()) == card


def _with(features: FeatureVector, index: int, value: float) -> FeatureVector:
    return FeatureVector((*features.values[:index], value, *features.values[index + 1 :]))
