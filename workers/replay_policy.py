"""Trying a change of the policy: its values checked, then the last decisions made again with and without it.

Both sides are decided anew, by the champion of today, so that what differs comes from the change alone.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from portal.applications.queries import read_answers
from portal.db.models import Application, ChangeState, Decision, EngineKind, PersonKey, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import CHINA, now
from portal.domain.identity import IdNumber, age_on
from portal.policies.queries import find_bad_loans, find_last_decisions, get_change
from portal.policies.service import record_problem, record_replay
from portal.registry.reports import age_band, great_region
from portal.underwriting.engine import keep_version
from portal.underwriting.findings import snapshot_place
from scoring.comparison import Case, compare
from workers.engine import kept_content
from workers.job import Done, Procedure
from workers.rehearse import Drafted, Kept, Refused, draft, rehearse
from workers.standing import find_standing
from workers.work import Work

PIECE = 50
"""Decisions opened and decided at a time: what is in memory stays small, and a lost lease is noticed."""

BLIND = frozenset({"policy.fraud.window_days"})
"""Values whose effect kept inputs can't show: what was counted was counted in the window of then."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be tried. `decisions` are pairs of application and decision ids, newest first."""

    change_id: UUID
    revision: int
    edits: dict[str, Any]
    base: bytes
    model: bytes
    model_hash: str
    decisions: tuple[tuple[UUID, UUID], ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A policy and what it would have done; `left_out` could not be decided again."""

    drafted: Drafted
    result: dict[str, Any]


class ReplayPolicy(Procedure):
    """The result goes into the change, unless its values were written anew meanwhile."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Order | None:
        """None when nobody waits for it any more."""
        assert run.subject_id is not None  # noqa: S101 - it is about a change
        change = await get_change(uow, run.subject_id)
        if change.state is not ChangeState.REPLAYING:
            return None
        standing = await find_standing(work, uow)
        found = await find_last_decisions(uow, change.replay_count, now())
        return Order(
            change_id=change.id,
            revision=change.revision,
            edits=change.edits,
            base=await kept_content(uow, EngineKind.POLICY, change.base_version),
            model=await kept_content(uow, EngineKind.MODEL, standing.champion.hash),
            model_hash=standing.champion.hash,
            decisions=tuple((application.id, decision.id) for application, decision in found),
        )

    async def perform(self, work: Work, inputs: Order | None) -> Tried | Refused | None:
        """Piece by piece, in the process for CPU work."""
        if inputs is None:
            return None
        drafted = await work.cpu(draft, inputs.base, inputs.edits)
        if isinstance(drafted, Refused):
            return drafted
        cases: list[Case] = []
        for start in range(0, len(inputs.decisions), PIECE):
            kept = await _open(work, inputs.decisions[start : start + PIECE])
            cases += await work.cpu(rehearse, inputs.model, inputs.base, drafted.content, kept)
        left_out = {"left_out": len(inputs.decisions) - len(cases), "blind": sorted(BLIND & inputs.edits.keys())}
        return Tried(drafted, compare(cases) | left_out | {"model": inputs.model_hash[:12]})

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Order | None, result: Tried | Refused | None
    ) -> Done:
        """The comparison with the policy it is about, or the place and the sentence of what can't be."""
        if inputs is None or result is None:
            return Done()
        if isinstance(result, Refused):
            await record_problem(uow, inputs.change_id, inputs.revision, asdict(result))
            return Done()
        drafted = result.drafted
        await keep_version(uow, EngineKind.POLICY, drafted.version, drafted.content, drafted.described)
        await record_replay(uow, inputs.change_id, inputs.revision, drafted.version, result.result)
        return Done()

    async def give_up(self, work: Work, uow: UnitOfWork, run: StepRun) -> None:
        """Back to its author, who can send it again."""
        assert run.subject_id is not None  # noqa: S101 - it is about a change
        change = await get_change(uow, run.subject_id)
        problem = {"place": "", "zh": "回放没有完成，请再试一次。", "en": "The replay did not finish; try again."}
        await record_problem(uow, change.id, change.revision, problem)


async def _open(work: Work, decisions: tuple[tuple[UUID, UUID], ...]) -> list[Kept]:
    """Snapshots in clear, for as long as they are decided again; an erased person's is not there any more."""
    found = []
    async with work.units.begin() as uow:
        bad = await find_bad_loans(uow, [application_id for application_id, _ in decisions])
        for application_id, decision_id in decisions:
            application = await uow.session.get(Application, application_id)
            decision = await uow.session.get(Decision, decision_id)
            if application is None or decision is None or decision.snapshot is None:
                continue
            # Asking for an erased person's cipher would make them a new key.
            if await uow.session.get(PersonKey, application.applicant_id) is None:
                continue
            cipher = await uow.cipher(application.applicant_id)
            snapshot = cipher.open_bytes(snapshot_place(decision.id), decision.snapshot)
            groups = await _groups(uow, application, decision.decided_at.astimezone(CHINA).date())
            found.append(Kept(application.reference, snapshot, groups, bad.get(application_id)))
    return found


async def _groups(uow: UnitOfWork, application: Application, day: date) -> dict[str, str]:
    """What the ID number says and no decision may know; the age is that of the day."""
    number = (await read_answers(uow, application)).get("id_number")
    if number is None:
        return {}
    person = IdNumber.parse(str(number))
    age = age_band(age_on(person.birth_date, day))
    return {"sex": person.sex, "age": age, "region": great_region(person.region)}


STEP = ReplayPolicy
