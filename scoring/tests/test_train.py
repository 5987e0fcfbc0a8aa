import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scoring.__main__ import app
from scoring.artifact import FILES, MANIFEST, ArtifactError
from scoring.design import lay_out
from scoring.evaluate import evaluate
from scoring.growing import folds
from scoring.lanes.sample import read_sample
from scoring.metrics import auc, ece, rank, stability, wilson
from scoring.model import load, open_model
from scoring.schema import parse_schema
from scoring.table import read_table
from scoring.tests.made import dice, loan_rows, loans, write
from scoring.train import Options, train
from scoring.tuning import search

FOLDS_OF_23 = [2, 0, 0, 2, 3, 0, 4, 2, 1, 4, 4, 0, 3, 0, 4, 3, 1, 3, 1, 1, 1, 2, 2]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    train(write(folder / "loans.csv", loan_rows(1, 1_500)), loans(), folder / "model")
    return folder


def test_the_same_data_and_seed_give_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    train(trained / "loans.csv", loans(), tmp_path / "again", Options(threads=2))
    for name in (*FILES, MANIFEST):
        assert (trained / "model" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    train(trained / "loans.csv", loans(), tmp_path / "other", Options(seed=7))
    assert open_model(tmp_path / "other").hash != open_model(trained / "model").hash


def test_the_model_ranks_and_obeys_its_schema(trained: Path) -> None:
    model = open_model(trained / "model")
    assert model.metrics["cross_validation"]["auc"] > 0.65
    assert "gender" not in model.names
    assert "loan" not in model.names
    assert "score=-9" in model.names
    income = model.names.index("income")
    row = np.full((50, len(model.inputs)), np.nan)
    row[:, income] = np.linspace(1_000, 60_000, 50)
    assert np.all(np.diff(model.pds(row)) <= 0)
    assert model.metrics["left_out"]["columns"] == ["gender"]
    assert {row["group"] for row in model.metrics["fairness"]["gender"]} == {"F", "M"}
    assert [name for group in model.reasons.values() for name in group["inputs"]].sort() == list(model.names).sort()


def test_the_card_is_one_file_with_every_plot(trained: Path) -> None:
    card = (trained / "model" / "card.html").read_text(encoding="utf-8")
    for title in (
        "ROC",
        "Precision",
        "Calibration",
        "Kolmogorov",
        "Lift",
        "Score distribution",
        "TreeSHAP",
        "Stability",
    ):
        assert title in card
    assert card.count("<svg") == 9
    assert "<script" not in card
    assert 'src="http' not in card


def test_evaluation_says_what_it_could_not_take(trained: Path, tmp_path: Path) -> None:
    rows = loan_rows(2, 800)
    rows[5][4] = "rocket"
    rows[9][2] = ""
    figures = evaluate(open_model(trained / "model"), write(tmp_path / "later.csv", rows)).figures
    assert figures["measured"]["cases"] == 799
    assert figures["measured"]["auc"] > 0.65
    assert any("category not trained on" in note and "'rocket'" in note for note in figures["notes"])
    assert any("not scored: debt is missing" in note for note in figures["notes"])
    assert figures["stability"] < 0.1
    same = evaluate(open_model(trained / "model"), trained / "loans.csv").figures
    assert any("the very file" in note for note in same["notes"])


def test_leaks_echoes_and_repeats_are_found(tmp_path: Path) -> None:
    rows = loan_rows(3, 900)
    rows[0] += ["recovered", "collections", "closed_early"]
    rng = dice(1)
    for row in rows[1:]:
        bad = row[-1] == "default"
        row += [
            "yes" if bad else "no",
            5 + 3 * bad + rng.random() * 4,
            "" if bad and rng.random() < 0.9 else rng.random(),
        ]
    rows += [[f"again{number}", *row[1:]] for number, row in enumerate(rows[1:30])]
    figures = train(write(tmp_path / "loans.csv", rows), loans(), tmp_path / "m").figures
    found = {one["name"]: one["kind"] for one in figures["suspects"]}
    assert found["recovered"] == "echo"
    assert found["collections"] == "leak"
    assert found["closed_early"] == "missing"
    assert "recovered" not in open_model(tmp_path / "m").names
    assert any(note.startswith("29 row(s) repeat another") for note in figures["notes"])


def test_the_latest_rows_are_held_out_by_time(tmp_path: Path) -> None:
    schema = loans(columns={"id": "loan", "time": "opened", "protected": "gender"})
    figures = train(write(tmp_path / "loans.csv", loan_rows(4, 1_500)), schema, tmp_path / "m").figures
    assert 150 < figures["out_of_time"]["cases"] < 400
    assert figures["out_of_time"]["cases"] + figures["cross_validation"]["cases"] == 1_500
    assert figures["out_of_time"]["auc"] > 0.6


def test_the_search_is_seeded(tmp_path: Path) -> None:
    schema = loans()
    design = lay_out(read_table(write(tmp_path / "loans.csv", loan_rows(5, 300)), schema), schema)
    one, two = (search(design, design.alike, 2, seed=3) for _ in range(2))
    assert one == two
    assert one.rounds >= 10


def test_the_command_line_trains_and_evaluates(tmp_path: Path) -> None:
    file = write(tmp_path / "loans.txt", loan_rows(5, 300), delimiter=";")
    schema, cases = tmp_path / "loans.toml", tmp_path / "cases.csv"
    schema.write_text('target = "outcome"\nbad = "default"\nid = "loan"\ndrop = ["opened"]\nrecipe = { rounds = 10 }\n')
    where = ["--schema", str(schema), "--out", str(tmp_path / "m"), "--cases", str(cases)]
    done = CliRunner().invoke(app, ["train", "--data", str(file), *where])
    assert done.exit_code == 0, done.output
    assert "its card is" in done.stdout
    sample = read_sample(cases)
    assert sample.size == 300
    again = CliRunner().invoke(app, ["evaluate", "--model", str(tmp_path / "m"), "--data", str(file), "--json"])
    assert json.loads(again.stdout)["measured"]["bads"] == len(sample.bad)


def test_weights_count(tmp_path: Path) -> None:
    rows = loan_rows(6, 800)
    rows[0].append("times")
    for row in rows[1:]:
        row.append(3 if row[-1] == "default" else 1)
    schema = loans(columns={"id": "loan", "weight": "times", "drop": ["opened", "gender"]})
    figures = train(write(tmp_path / "loans.csv", rows), schema, tmp_path / "m").figures
    bads = figures["cross_validation"]["bads"]
    assert figures["cross_validation"]["bad_rate"] == pytest.approx(3 * bads / (800 + 2 * bads), abs=1e-4)


def test_folds_are_those_that_others_measure_on() -> None:
    bad = (np.random.RandomState(1).rand(23) < 0.4).astype(float)
    fold = folds(bad, np.arange(23), 5, 42)
    # Taken once from scikit-learn 1.7: StratifiedKFold(5, shuffle=True, random_state=42) on the same outcomes.
    assert fold.tolist() == FOLDS_OF_23
    assert len(set(folds(bad, np.array([0, 0, 0, *range(1, 21)]), 5, 42)[:3])) == 1


def test_figures_agree_with_their_definitions() -> None:
    pd, bad = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    assert auc(pd, bad) == pytest.approx(0.875)
    assert rank(pd, bad).ks == pytest.approx(0.5)
    assert ece(np.array([0.25] * 4), np.array([1.0, 0, 0, 0])) == pytest.approx(0)
    values = np.linspace(0, 1, 1_000)
    assert stability(values, values) == pytest.approx(0)
    assert stability(values, values**3) > 0.25
    assert wilson(0, 100)[1] == pytest.approx(0.037, abs=0.001)


def test_a_model_of_another_table_does_not_decide(trained: Path) -> None:
    with pytest.raises(ArtifactError, match="which no report can supply"):
        load(trained / "model")
    assert parse_schema(open_model(trained / "model").schema).name == "loans"
