"""The report about the models: every month about the last one, and about this one so far when somebody asks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from portal.db.models import Lane, StepRun, Verdict
from portal.db.uow import UnitOfWork
from portal.domain.clock import CHINA, today
from portal.registry.cases import Case, decided_between, judged_by, list_shadow_lanes, list_verdicts, read_cases
from portal.registry.reports import age_band, great_region, keep_report
from scoring.model import Model
from scoring.monthly import Cases, report_on
from workers.job import Done, Procedure
from workers.standing import find_standing
from workers.work import Work

MOST_CASES = 20_000
"""The newest of a period, and as many whose outcome is known: their records are opened one by one."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the report is made from. `models`: the champion first; a sentence where one can't be loaded."""

    first: date
    last: date
    asked_by: UUID | None
    models: Sequence[tuple[str, Model | str]]
    decided: Sequence[Case]
    matured: Sequence[Case]
    verdicts: Mapping[UUID, Verdict]
    shadows: Mapping[tuple[UUID, str], Lane]


class ReportModels(Procedure):
    """`subject_id` is the member of staff who asked."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """Every case once, from its sealed record."""
        first, last = period_of(today(), asked=run.subject_id is not None)
        standing = await find_standing(work, uow)
        decided = decided_between(_midnight(first), _midnight(last + timedelta(days=1)))
        matured = judged_by(last)
        return Inputs(
            first,
            last,
            run.subject_id,
            ((standing.champion.hash, standing.champion), *standing.challengers),
            [case async for case in read_cases(uow, decided, most=MOST_CASES)],
            [case async for case in read_cases(uow, matured, most=MOST_CASES)],
            await list_verdicts(uow, last),
            await list_shadow_lanes(uow, decided),
        )

    async def perform(self, work: Work, inputs: Inputs) -> dict[str, Any]:
        """On a thread: the loop goes on."""
        return await asyncio.to_thread(make_report, inputs)

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: dict[str, Any]) -> Done:
        """Kept as it is."""
        await keep_report(uow, inputs.first, inputs.last, result, inputs.asked_by)
        return Done()


def period_of(day: date, *, asked: bool) -> tuple[date, date]:
    """This month up to the day, or the whole month before."""
    if asked:
        return day.replace(day=1), day
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def make_report(inputs: Inputs) -> dict[str, Any]:
    """By model, the champion first."""
    return {"models": [_about(version, model, inputs) for version, model in inputs.models]}


def _about(version: str, model: Model | str, inputs: Inputs) -> dict[str, Any]:
    if isinstance(model, str):
        return {"version": version, "error": model}
    decided, matured = _cases(version, inputs.decided, inputs), _cases(version, inputs.matured, inputs)
    matured.bad = [float(inputs.verdicts[case.application_id] is Verdict.BAD) for case in inputs.matured]
    return {"version": version} | report_on(model, decided, matured)


def _cases(version: str, cases: Sequence[Case], inputs: Inputs) -> Cases:
    return Cases(
        features=[case.features for case in cases],
        lanes=[_lane(version, case, inputs) for case in cases],
        groups={
            "sex": [case.person.sex if case.person else "" for case in cases],
            "age": [age_band(case.person.age) if case.person else "" for case in cases],
            "region": [great_region(case.person.region) if case.person else "" for case in cases],
        },
    )


def _lane(version: str, case: Case, inputs: Inputs) -> str | None:
    lane = case.lane if case.model == version else inputs.shadows.get((case.decision_id, version))
    return None if lane is None else lane.value


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


STEP = ReportModels
