"""Comparing the latest cases with those that the champion was trained on; too far apart, automatic approval stops."""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.registry.cases import decided_between, read_cases
from portal.registry.halts import Shifted, halt_approval, watched_since
from scoring.model import Model
from scoring.watching import rows_of, shifts
from workers.engine import policy_in_force
from workers.job import Done, Procedure
from workers.standing import find_standing
from workers.work import Work

log = structlog.get_logger()

MOST_CASES = 5_000
"""The newest; an index over more says the same."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The champion and the features of the latest cases; `max_psi` is the policy's."""

    model: Model
    cases: list[Any]
    max_psi: float


class WatchDrift(Procedure):
    """Once an hour."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs | None:
        """None where there are too few cases to tell a shift from chance."""
        limits = (await policy_in_force(work, uow)).limits.drift
        standing = await find_standing(work, uow)
        since = await watched_since(uow, limits.window_days)
        cases = [case.features async for case in read_cases(uow, decided_between(since, now()), most=MOST_CASES)]
        return Inputs(standing.champion, cases, limits.max_psi) if len(cases) >= limits.min_cases else None

    async def perform(self, work: Work, inputs: Inputs | None) -> Shifted | None:
        """On a thread: the loop goes on."""
        if inputs is None:
            return None
        found = await asyncio.to_thread(lambda: shifts(inputs.model, rows_of(inputs.model, inputs.cases)))
        return Shifted(inputs.model.hash, len(inputs.cases), found)

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs | None, result: Shifted | None
    ) -> Done:
        """Halt, once."""
        halt = None if inputs is None or result is None else await halt_approval(uow, result, inputs.max_psi)
        if halt is not None:
            log.error("approval_halted", subject=halt.subject, psi=halt.psi, cases=halt.cases)
        return Done()


STEP = WatchDrift
