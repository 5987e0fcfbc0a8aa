import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scoring.__main__ import app
from scoring.features import FeatureVector
from scoring.model import Model, NotScorable
from scoring.revolving import NAMES
from scoring.schema import Schema
from scoring.table import TableError, read_table
from scoring.tests.made import loan_rows, loans, write
from scoring.train import train

Rows = list[list[object]]


def refusal(rows: Rows, tmp_path: Path, schema: Schema | None = None) -> str:
    with pytest.raises(TableError) as refused:
        train(write(tmp_path / "loans.csv", rows), schema or loans(), tmp_path / "model")
    assert not (tmp_path / "model").exists()
    return str(refused.value)


@pytest.fixture
def rows() -> Rows:
    return loan_rows(1, 400)


def test_missing_columns_are_named(rows: Rows, tmp_path: Path) -> None:
    for row in rows:
        del row[5], row[1]
    assert refusal(rows, tmp_path) == (
        "loans.csv lacks columns that the schema names: 'gender' (columns.protected), 'income' (monotone)."
    )


def test_a_wrong_type_is_named_with_its_line(rows: Rows, tmp_path: Path) -> None:
    rows[7][1] = "plenty"
    assert refusal(rows, tmp_path) == "Line 8: 'income' holds 'plenty' where a number is expected."


@pytest.mark.parametrize("infinite", ["inf", "-Infinity", "1e999"])
def test_an_infinity_is_refused(rows: Rows, tmp_path: Path, infinite: str) -> None:
    rows[3][2] = infinite
    assert refusal(rows, tmp_path).startswith("Line 4: 'debt' is infinite")


def test_a_row_without_anything_known_is_left_out_and_said(rows: Rows, tmp_path: Path) -> None:
    rows[5][1:5] = ["", "", "", ""]
    rows[5][6] = ""
    evidence = train(write(tmp_path / "loans.csv", rows), loans(), tmp_path / "model")
    assert any("1 row(s) without a single input known" in note for note in evidence.figures["notes"])
    assert evidence.figures["cross_validation"]["cases"] == 399


@pytest.mark.parametrize("outcome", ["paid", "default"])
def test_an_outcome_that_never_changes_is_refused(rows: Rows, tmp_path: Path, outcome: str) -> None:
    for row in rows[1:]:
        row[-1] = outcome
    schema = loans(target={"column": "outcome", "bad": ["default", "lost"]})
    assert "has the same outcome" in refusal(rows, tmp_path, schema)


def test_three_bads_in_ten_thousand_are_too_few(tmp_path: Path) -> None:
    rows = loan_rows(2, 10_000)
    for number, row in enumerate(rows[1:]):
        row[-1] = "default" if number in (5, 5_000, 9_000) else "paid"
    assert "has only 3 bad outcome(s) in 10,000 rows" in refusal(rows, tmp_path)


def test_an_id_that_comes_twice_is_refused(rows: Rows, tmp_path: Path) -> None:
    rows[30][0] = rows[20][0]
    assert "'loan' is an id, but 1 row(s) repeat one, first rows 20 and 30" in refusal(rows, tmp_path)


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(TableError, match=r"huge.csv has 2.0 GB; at most 1.5 GB are read"):
        read_table(huge, loans())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"loan,income,debt,score,purpose,gender,outcome\n", "a header and no rows"),
        (b"\0" * 3_000, "holds zero bytes"),
        (b"PK\x03\x04rest of a spreadsheet", "not a table of text"),
        (b"loan,loan,debt\n1,2,3\n", "the column 'loan' twice"),
        (
            b"loan,income,debt,score,purpose,gender,outcome\n1,2,3\n",
            "Line 2 of some.csv has 3 fields where 7 are expected",
        ),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "some.csv"
    file.write_bytes(content)
    with pytest.raises(TableError, match=sentence):
        read_table(file, loans())


def test_a_target_with_other_values_than_the_schema_says(rows: Rows, tmp_path: Path) -> None:
    schema = loans(target={"column": "outcome", "bad": ["1"]})
    assert refusal(rows, tmp_path, schema) == "The target 'outcome' never is '1'; it is default, paid."


def test_a_column_of_mixed_kinds_asks_to_be_declared(rows: Rows, tmp_path: Path) -> None:
    rows[0].insert(1, "limit")
    for number, row in enumerate(rows[1:]):
        row.insert(1, "none yet" if number % 50 == 0 else number)
    assert "'limit' mixes numbers with 'none yet'" in refusal(rows, tmp_path)


def test_nothing_known_is_no_score(model: Model) -> None:
    with pytest.raises(NotScorable):
        model.score(FeatureVector((math.nan,) * len(NAMES)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_broken_value_is_no_score_and_is_named(model: Model, value: float) -> None:
    values = np.ones(len(NAMES))
    values[NAMES.index("limit")] = value
    for ask in (model.pd, model.score):
        with pytest.raises(NotScorable) as refused:
            ask(FeatureVector(tuple(values.tolist())))
        assert refused.value.field == "limit"


def test_the_command_line_says_one_sentence(tmp_path: Path) -> None:
    file = write(tmp_path / "loans.csv", loan_rows(1, 50))
    order = ["train", "--data", str(file), "--out", str(tmp_path / "m"), "--schema"]
    refused = CliRunner().invoke(app, [*order, "nowhere.toml"])
    assert refused.exit_code == 2
    assert refused.stderr == "xindai score: The schema nowhere.toml can't be read: No such file or directory.\n"
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "letter.txt").write_text("mine")
    refused = CliRunner().invoke(app, [*order, "taiwan"])
    assert (refused.exit_code, "exists and is not a model" in refused.stderr) == (2, True)
    refused = CliRunner().invoke(app, ["evaluate", "--model", str(tmp_path), "--data", str(file)])
    assert (refused.exit_code, "is not a model" in refused.stderr) == (2, True)
