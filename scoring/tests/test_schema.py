from pathlib import Path

import pytest

from scoring.schema import SCHEMAS, SchemaError, parse_schema, read_schema, token

BARE = {"name": "x", "target": {"column": "y", "bad": [1]}}


@pytest.mark.parametrize("name", ["taiwan", "german"])
def test_the_ready_schemas_load(name: str) -> None:
    schema = read_schema(SCHEMAS / f"{name}.toml")
    assert schema.licence == "CC BY 4.0"
    assert schema.columns.protected


def test_forms_that_mean_the_same_are_read_alike() -> None:
    long = parse_schema(
        {
            "name": "x",
            "target": {"column": "y", "bad": ["1"]},
            "columns": {"id": ["k"], "weight": "w", "protected": ["sex"]},
            "missing": {"columns": {"a": ["-1"]}},
            "monotone": {"a": 1, "b": -1},
            "special": {"a": ["-9"]},
        }
    )
    short = parse_schema(
        {
            "name": "x",
            "target": "y",
            "positive": 1,
            "ids": "k",
            "weights": ["w"],
            "sensitive": "sex",
            "missing": {"a": -1.0},
            "monotonic": {"increasing": ["a"], "decreasing": ["b"]},
            "special_codes": {"a": {"-9": "no file"}},
        }
    )
    assert short == long


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"targets": {}}, "unknown key 'targets'. Do you mean 'target'?"),
        ({"columns": {"dropped": ["a"]}}, "unknown key 'columns.dropped'. Do you mean 'drop'?"),
        ({"target": {"column": "y"}}, "target.bad is missing"),
        ({"target": {"bad": [1]}}, "lacks 'target.column'"),
        ({"target": {"column": "y", "bad": [1], "good": ["1.0"]}}, "listed as bad and as good"),
        ({"drop": ["y"]}, "has another role"),
        ({"categorical": ["a"], "monotone": {"a": 1}}, "can't be monotone"),
        ({"protected": ["a"], "monotone": {"a": 1}}, "is no input"),
        ({"monotone": {"a": 2}}, "The schema's 'monotone.a'"),
        ({"weight": ["a", "b"]}, "takes one column"),
        ({"revolving": {"limit": "l", "status": ["s"], "balance": ["b"], "paid": ["p"], "fen": 1}}, "six months"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SchemaError) as refused:
        parse_schema(BARE | changes)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b""])
def test_a_file_that_is_no_schema(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "s.toml"
    file.write_bytes(content)
    with pytest.raises(SchemaError):
        read_schema(file)


def test_values_are_compared_as_a_person_would() -> None:
    assert token(1) == token("1.0") == token(" 01 ") == token(True) == "1"
    assert token("1.50") == token(1.5)
    assert token("A ") == "A"


def test_features_are_in_the_columns_or_computed_from_them() -> None:
    assert parse_schema({"name": "x", "target": {"column": "bad", "bad": ["1"]}, "product": True}).product
    six = [f"m{month}" for month in range(6)]
    revolving = {"limit": "limit", "status": six, "balance": six, "paid": six, "fen": 1}
    with pytest.raises(SchemaError, match="product and revolving"):
        parse_schema({"name": "x", "target": {"column": "bad", "bad": ["1"]}, "product": True, "revolving": revolving})
