"""A policy in words and a model in figures, as JSON: for pages that show them without being able to read them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from scoring.lanes.certify import PPM
from scoring.model import Model
from scoring.policy_edit import Parameter
from scoring.policy_file import Policy
from scoring.rulebook.facts import FACTS
from scoring.rulebook.graphs import Row, Table
from scoring.rulebook.law import LEGAL_BOUNDS, LegalBound
from scoring.rulebook.wording import Pair, cell_words, figure, value_words


def describe(policy: Policy, parameters: Sequence[Parameter] = ()) -> dict[str, Any]:
    """`tables` with their columns and rows, `lanes` with their derivation, `bounds` with their citations, `parameters`
    as they can be changed. Words are pairs, Chinese and English; shares are numbers."""
    places = {table.id: file.name for file in (*policy.rules, policy.means) for table in file.tables}
    return {
        "version": policy.version,
        "rules_version": policy.rules_version,
        "tables": [_table(table, places[table.id]) for table in policy.tables.values()],
        "lanes": {
            "approve_max_pd": policy.lanes.approve_max_pd_ppm / PPM,
            "decline_min_pd": policy.lanes.decline_min_pd_ppm / PPM,
            "derivation": policy.lanes.derivation,
        },
        "bounds": [_bound(bound) for bound in LEGAL_BOUNDS],
        "parameters": [asdict(one) for one in parameters],
    }


def describe_model(model: Model) -> dict[str, Any]:
    """What it was trained on and what it was found to be worth there: figures of the card, no rows."""
    training = model.manifest["training"]
    return {
        "schema": model.metrics["schema"],
        "rows": training["rows"],
        "data_sha256": training["data_sha256"],
        "inputs": len(model.inputs),
        "trained": model.metrics["cross_validation"],
        "grades": model.metrics["grades"],
    }


def _table(table: Table, file: str) -> dict[str, Any]:
    columns = [*((fact.zh, fact.en) for fact in table.facts), *_figure_titles(table)]
    return {
        "id": table.id,
        "file": file,
        "title": _pair(table.title),
        "basis": _pair(table.basis),
        "staff": table.staff,
        "columns": columns,
        "rows": [_row(table, row) for row in table.rows],
    }


def _figure_titles(table: Table) -> list[Pair]:
    return [(FACTS[name].zh, FACTS[name].en) for name in table.figures]


def _row(table: Table, row: Row) -> dict[str, Any]:
    cells = [cell_words(fact, cell) for fact, cell in zip(table.facts, row.cells, strict=True)]
    cells += [value_words(FACTS[name], row.gives[name]) for name in table.figures]
    limits = {fact.name: cell.numbers[0] for fact, cell in zip(table.facts, row.cells, strict=True) if cell.numbers}
    said = [_open(str(row.gives[key]), which, limits) for which, key in enumerate(("zh", "en"))]
    return {"id": row.id, "cells": cells, "outcome": row.gives["outcome"], "sentence": said}


def _open(text: str, language: int, limits: dict[str, int]) -> str:
    """A sentence with its limits filled in and its facts still to come, as 〈…〉."""
    for name, fact in FACTS.items():
        if name in limits:
            text = text.replace(f"{{{name}.limit}}", figure(fact, limits[name]))
        text = text.replace(f"{{{name}}}", f"〈{(fact.zh, fact.en)[language]}〉")
    return text


def _bound(bound: LegalBound) -> dict[str, Any]:
    return {
        "name": bound.name,
        "words": (bound.zh, bound.en),
        "citation": bound.citation,
        "effective_on": bound.effective_on.isoformat(),
    }


def _pair(text: str) -> Pair:
    """`中文 / English`; a law's name may have no second half."""
    zh, _, en = text.partition(" / ")
    return zh, en or zh
