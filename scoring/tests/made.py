"""Invented tables to train on, so that the tests are the same with and without the public data."""

import csv
import random
import tomllib
from collections.abc import Sequence
from pathlib import Path

from scoring.population import chance_of_default, draw_cards
from scoring.revolving import MONTHS, measure
from scoring.schema import SCHEMAS, Schema, parse_schema, read_schema

LOANS = """
target = { column = "outcome", bad = ["default"], good = ["paid"] }
columns = { id = "loan", protected = ["gender"], categorical = ["purpose"] }
special = { score = [-9] }
monotone = { income = -1, debt = "increasing" }
"""


def dice(seed: int) -> random.Random:
    """The same numbers every time."""
    return random.Random(seed)  # noqa: S311 - reproducible, not secret


def taiwan() -> Schema:
    return read_schema(SCHEMAS / "taiwan.toml")


def quick(schema: Schema, **recipe: float) -> Schema:
    """Few trees, for tests that are not about how good they are."""
    return schema.model_copy(update={"recipe": {"rounds": 12, "seeds": 2, "min_data_in_leaf": 20} | recipe})


def write_histories(file: Path, seed: int, rows: int) -> Path:
    """People in the form of the Taiwan table."""
    rng = dice(seed)
    months = range(1, MONTHS + 1)
    schema = taiwan()
    form = schema.revolving
    assert form is not None
    head = ["ID", form.limit, "SEX", "EDUCATION", "MARRIAGE", "AGE", *form.status, *form.balance, *form.paid]
    lines: list[Sequence[object]] = [[*head, schema.target.column]]
    for number in range(1, rows + 1):
        cards = draw_cards(rng)
        bad = int(rng.random() < chance_of_default(measure(cards.history)))
        person = [rng.randint(1, 2), rng.randint(1, 3), rng.randint(1, 3), rng.randint(21, 70)]
        amounts = [round(fen / form.fen) for fen in (*cards.balance_fen, *cards.paid_fen)]
        lines.append([number, round(cards.limit_fen / form.fen), *person, *cards.status[: len(months)], *amounts, bad])
    return write(file, lines)


def loan_rows(seed: int, rows: int) -> list[list[object]]:
    """A mixed table: numbers with special codes and gaps, categories, an id, a group, dates."""
    rng = dice(seed)
    found: list[list[object]] = [["loan", "income", "debt", "score", "purpose", "gender", "opened", "outcome"]]
    for number in range(rows):
        income, debt = rng.lognormvariate(9, 0.5), rng.uniform(0, 1)
        score: float = -9 if rng.random() < 0.1 else rng.gauss(600, 40)
        purpose = rng.choices(("car", "home", "trip", "boat"), (5, 4, 2, 0.05))[0]
        risk = -2 + 2.5 * debt - 0.00005 * income - (0 if score < 0 else (score - 600) / 60) + 0.5 * (purpose == "trip")
        bad = rng.random() < 1 / (1 + 2.718**-risk)
        day = f"{2019 + number * 3 // rows}-{1 + number % 12:02d}-15"
        shown = "" if rng.random() < 0.05 else f"{income:.0f}"
        outcome = "default" if bad else "paid"
        found.append([f"L{number:05d}", shown, f"{debt:.3f}", f"{score:.0f}", purpose, rng.choice("FM"), day, outcome])
    return found


def loans(**changes: object) -> Schema:
    """The schema of `loan_rows`."""
    return quick(parse_schema({"name": "loans", "columns": {}} | tomllib.loads(LOANS) | changes))


def write(file: Path, rows: Sequence[Sequence[object]], delimiter: str = ",") -> Path:
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, delimiter=delimiter).writerows(rows)
    return file
