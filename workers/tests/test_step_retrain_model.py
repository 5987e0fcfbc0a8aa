"""Training on the lender's own outcomes: a challenger comes out, or a sentence; never a champion."""

import json
import math
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from portal.db.models import Decision, Lane, ModelState, Outcome, Retraining, Verdict
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.clock import today
from portal.domain.workflow import Step
from portal.registry.queries import list_in_force
from portal.servicing.outcomes import Observation
from portal.servicing.service import record_outcome
from portal.settings import Settings
from portal.testing.factories import make_draft
from portal.underwriting.findings import snapshot_place
from scoring.model import CHAMPION, load
from scoring.population import draw_cards
from scoring.revolving import measure
from scoring.schema import read_schema
from workers.retrain_model import ChildFailed, Inputs, RetrainModel, schema_text
from workers.testing import drain
from workers.tests.steps import PROCEDURES, open_steps
from workers.work import Work

STEPS = PROCEDURES | {Step.RETRAIN_MODEL: RetrainModel()}
RECIPE = {"rounds": 12, "num_leaves": 4, "learning_rate": 0.2, "seeds": 1}
CASES = 320


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files) as ready:
        ready.model = replace(ready.model, metrics={**ready.model.metrics, "recipe": RECIPE})
        ready.loaded[ready.model.hash] = ready.model
        yield ready


def people(count: int) -> list[dict[str, float | None]]:
    rng = random.Random(11)  # noqa: S311 - invented people need no secrecy
    drawn = (measure(draw_cards(rng).history) for _ in range(count))
    return [{name: None if math.isnan(value) else value for name, value in one.items()} for one in drawn]


async def keep_outcomes(work: Work, cases: Sequence[dict[str, float | None]], bads: Sequence[bool]) -> None:
    """Decided cases with a known outcome, as far as retraining looks at them."""
    for features, bad in zip(cases, bads, strict=True):
        draft = await make_draft(work.units)
        async with work.units.begin() as uow:
            decision = Decision(
                application_id=draft.id,
                lane=Lane.APPROVE,
                outcome=Outcome.APPROVED,
                pd=0.1,
                grade="B",
                model_hash=work.model.hash,
            )
            cipher = await uow.cipher(draft.applicant_id)
            decision.snapshot = cipher.seal_bytes(
                snapshot_place(decision.id), json.dumps({"features": features}).encode()
            )
            verdict = Verdict.BAD if bad else Verdict.GOOD
            uow.session.add(decision)
            await record_outcome(uow, draft.id, today(), Observation(12, 12, 12, 0, 0, verdict))


def left(folder: Path) -> list[str]:
    """What training left behind."""
    return [path.name for path in folder.glob("xindai-*")]


async def retrain(work: Work) -> Retraining:
    async with work.units.begin() as uow:
        await uow.make_due(Step.RETRAIN_MODEL, None)
    await drain(work, STEPS)
    async with work.units.begin() as uow:
        return list(await uow.session.exec(select(Retraining).order_by(col(Retraining.at))))[-1]


async def test_outcomes_make_a_challenger(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    cases = people(CASES)
    # As the sum of delays says for most, and the other way round for some: an input that tells all would be an echo.
    risky = sorted(range(CASES), key=lambda number: -(cases[number]["delay_sum"] or 0))[:60] + list(range(0, CASES, 16))
    # The same all over: a feature that tells nothing must not go missing from the model.
    for case in cases:
        case["months_2_late"] = 0.0
    await keep_outcomes(work, cases, [number in risky for number in range(CASES)])
    tried = await retrain(work)
    assert (tried.problem, tried.cases, tried.bads) == (None, CASES, len(set(risky)))
    assert tried.version is not None
    async with work.units.begin() as uow:
        assert dict(await list_in_force(uow)) == {
            work.model.hash: ModelState.CHAMPION,
            tried.version: ModelState.CHALLENGER,
        }
    again = await retrain(work)
    assert again.version == tried.version, "the same outcomes make the same model"
    assert left(tmp_path) == [], "nothing of the export stays"
    with pytest.raises(DBAPIError, match="append-only"):
        async with work.units.begin() as uow:
            await uow.session.exec(text("delete from retraining"))  # type: ignore[call-overload]


async def test_too_few_outcomes_make_a_sentence(work: Work) -> None:
    assert "No loan has an outcome yet." in ((await retrain(work)).problem or "")
    await keep_outcomes(work, people(12), [False] * 12)
    alike = await retrain(work)
    assert alike.problem == "Every row of outcomes.csv has the same outcome (good)."
    async with work.units.begin() as uow:
        assert [state for _, state in await list_in_force(uow)] == [ModelState.CHAMPION]


async def test_three_bads_in_ten_thousand_are_refused(work: Work) -> None:
    inputs = Inputs(people(100) * 100, [True] * 3 + [False] * 9_997, RECIPE)
    trained = await RetrainModel().perform(work, inputs)
    assert trained.folder is None
    assert trained.problem == (
        "outcomes.csv has only 3 bad outcome(s) in 10,000 rows; at least 30 are needed to tell anything about them."
    )


async def test_a_child_that_breaks_leaves_nothing_behind(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ChildFailed):
        await RetrainModel().perform(work, Inputs(people(1), [True], RECIPE))
    assert left(tmp_path) == []


def test_the_shipped_recipe_is_one_that_the_schema_takes(tmp_path: Path) -> None:
    (tmp_path / "outcomes.toml").write_text(schema_text(load(CHAMPION).metrics["recipe"]))
    assert read_schema(tmp_path / "outcomes.toml").product
