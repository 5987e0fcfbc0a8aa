"""Training a model on the outcomes so far, in a process of its own: it comes out as a challenger, or as a sentence."""

import asyncio
import csv
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from portal.db.models import ModelOrigin, Retraining, StepRun, Verdict
from portal.db.uow import UnitOfWork
from portal.domain.clock import today
from portal.registry.cases import judged_by, list_verdicts, read_cases
from scoring.artifact import ArtifactError
from scoring.revolving import NAMES
from workers.job import Done, Procedure
from workers.standing import find_standing, register_folder
from workers.work import Work

log = structlog.get_logger()

MOST_CASES = 50_000
"""The newest: what was true years ago is not what decides today."""

_MOST_WORDS = 500
_TARGET = "bad"
_REFUSED = 2
"""The exit code of `xindai score train` when the data can't carry a model; the sentence is on the error output."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Features and outcomes, in the same order. `recipe` is the champion's: there is no search."""

    features: Sequence[Mapping[str, float | None]]
    bads: Sequence[bool]
    recipe: Mapping[str, float | int]


@dataclass(frozen=True, slots=True)
class Trained:
    """Where the model lies until it is registered, or why there is none."""

    folder: tempfile.TemporaryDirectory[str] | None
    problem: str = ""


class RetrainModel(Procedure):
    """Once a month. Feature vectors are in the clear in a folder of this process alone, which goes with it."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """Every case whose loan turned out, as the model saw it then."""
        verdicts = await list_verdicts(uow, today())
        cases = [case async for case in read_cases(uow, judged_by(today()), most=MOST_CASES)]
        champion = (await find_standing(work, uow)).champion
        bads = [verdicts[case.application_id] is Verdict.BAD for case in cases]
        return Inputs([case.features for case in cases], bads, champion.metrics["recipe"])

    async def perform(self, work: Work, inputs: Inputs) -> Trained:
        """A child process: training takes minutes and a core."""
        if not inputs.bads:
            return Trained(None, "No loan has an outcome yet.")
        folder = tempfile.TemporaryDirectory(prefix="xindai-retrain-", ignore_cleanup_errors=True)
        try:
            problem = await _train(Path(folder.name), inputs)
        except BaseException:
            folder.cleanup()
            raise
        if problem:
            folder.cleanup()
            return Trained(None, problem)
        return Trained(folder)

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: Trained) -> Done:
        """A challenger, never more; what was tried is kept in any case."""
        version, problem = None, result.problem
        if result.folder is not None:
            with result.folder as folder:
                try:
                    why = f"{len(inputs.bads):,} outcomes, {sum(inputs.bads):,} bad"
                    version, _ = await register_folder(uow, Path(folder) / "model", ModelOrigin.RETRAINED, why)
                except ArtifactError as refused:
                    problem = str(refused)
        if problem:
            log.warning("retraining_refused", problem=problem)
        uow.session.add(
            Retraining(
                cases=len(inputs.bads), bads=sum(inputs.bads), version=version, problem=problem[:_MOST_WORDS] or None
            )
        )
        await uow.session.flush()
        return Done()


async def _train(folder: Path, inputs: Inputs) -> str:
    """Run `xindai score train`; empty when a model lies in `folder`/model, else the sentence."""
    await asyncio.to_thread(_write, folder, inputs)
    arguments = ("train", "--data", "outcomes.csv", "--schema", "outcomes.toml", "--out", "model", "--quiet", "--json")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scoring",
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, words = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode == _REFUSED:
        return words.decode(errors="replace").strip().removeprefix("xindai score: ")
    if process.returncode:
        raise ChildFailed(process.returncode)
    return ""


class ChildFailed(RuntimeError):
    """Training ended in a way that it has no sentence for; the step is tried again."""


def _write(folder: Path, inputs: Inputs) -> None:
    with (folder / "outcomes.csv").open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow([*NAMES, _TARGET])
        for features, bad in zip(inputs.features, inputs.bads, strict=True):
            rows.writerow([*("" if features[name] is None else features[name] for name in NAMES), int(bad)])
    (folder / "outcomes.toml").write_text(schema_text(inputs.recipe), encoding="utf-8")


def schema_text(recipe: Mapping[str, float | int]) -> str:
    """The schema of the exported table; JSON's strings, numbers and lists are TOML's as well."""
    columns = {"numeric": list(NAMES), "keep": list(NAMES)}
    lines = [
        'name = "outcomes"',
        'title = "Outcomes of the lender\'s own loans"',
        "product = true",
        "[target]",
        f"column = {json.dumps(_TARGET)}",
        'bad = ["1"]',
        'good = ["0"]',
        "[columns]",
        *(f"{name} = {json.dumps(value)}" for name, value in columns.items()),
        "[recipe]",
        *(f"{name} = {json.dumps(value)}" for name, value in recipe.items()),
    ]
    return "\n".join(lines) + "\n"


STEP = RetrainModel
