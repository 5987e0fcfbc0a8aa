import hashlib
import json
import math
import shutil
from pathlib import Path

import pytest

from scoring.features import FEATURES, NAMES, FeatureVector
from scoring.model import CHAMPION, FILES, MANIFEST, ArtifactError, Model, Scorecard, load
from scoring.portfolio import generate
from scoring.train import train


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHAMPION, tmp_path / "artifact"))


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
    with pytest.raises(ArtifactError):
        load(artifact)


def test_features_in_another_order_do_not_load(artifact: Path) -> None:
    schema = json.loads((artifact / "schema.json").read_text())
    schema["features"].reverse()
    changed = json.dumps(schema).encode()
    (artifact / "schema.json").write_bytes(changed)
    manifest = json.loads((artifact / MANIFEST).read_text())
    manifest["sha256"]["schema.json"] = hashlib.sha256(changed).hexdigest()
    (artifact / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="schema"):
        load(artifact)


def test_the_champion_is_small_and_warns_against_real_use(model: Model) -> None:
    assert sum(file.stat().st_size for file in CHAMPION.iterdir()) < 500_000
    assert "must not be used for real lending" in (CHAMPION / "MODEL_CARD.md").read_text()
    assert 0.08 <= model.metrics["bad_rate"] <= 0.12
    assert model.metrics["auc"] >= 0.75


def test_risk_follows_the_monotone_constraints(model: Model) -> None:
    cases = list(generate(11, 400))
    for index, feature in enumerate(FEATURES):
        if not feature.monotone:
            continue
        seen = sorted({case.features.values[index] for case in cases if not math.isnan(case.features.values[index])})
        grid = seen[:: max(1, len(seen) // 12)]
        for case in cases[:6]:
            pds = [model.score(_with(case.features, index, value)).pd for value in grid]
            ordered = sorted(pds, reverse=feature.monotone < 0)
            assert pds == ordered, feature.name


def test_contributions_add_up_to_the_score(model: Model) -> None:
    totals = set()
    for case in generate(5, 20):
        score = model.score(case.features)
        odds = math.log(score.pd / (1 - score.pd))
        totals.add(round(odds - sum(value for _, value in score.contributions), 1))
    # What remains is the base rate, the same for everybody.
    assert len(totals) == 1


def test_points_and_grades() -> None:
    card = Scorecard()
    assert card.points(1 / 51) == 600
    assert card.points(1 / 101) == 620
    assert [card.grade(pd) for pd in (0.0001, 0.02, 0.0201, 0.08, 0.15, 0.9999)] == ["A", "A", "B", "C", "D", "E"]
    assert card.min_points <= card.points(0.9999) < card.points(0.0001) <= card.max_points


def test_a_row_of_nothing_still_scores(model: Model) -> None:
    score = model.score(FeatureVector(tuple(math.nan for _ in NAMES)))
    assert 0 < score.pd < 1


def test_training_is_deterministic(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(tmp_path / name, seed=5, size=1_500, rounds=20)
    train(tmp_path / "other", seed=6, size=1_500, rounds=20)
    for file in (*FILES, MANIFEST):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
    assert load(tmp_path / "one").hash == load(tmp_path / "two").hash != load(tmp_path / "other").hash


def _with(features: FeatureVector, index: int, value: float) -> FeatureVector:
    return FeatureVector((*features.values[:index], value, *features.values[index + 1 :]))
