"""What challengers would have said, kept beside the decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import insert

from portal.db.models import Lane, ShadowScore
from portal.db.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Shadow:
    """One challenger's score, or why there is none; then everything else is None."""

    version: str
    pd: float | None = None
    points: int | None = None
    grade: str | None = None
    lane: Lane | None = None
    error: str | None = None


async def record_shadows(uow: UnitOfWork, decision_id: UUID, shadows: Sequence[Shadow]) -> None:
    """In one statement, under a savepoint: whatever goes wrong here, the decision stands. Raises what the database
    raised, after the savepoint has been undone."""
    rows = [
        ShadowScore(
            decision_id=decision_id,
            version=one.version,
            pd=one.pd,
            points=one.points,
            grade=one.grade,
            lane=one.lane,
            error=one.error,
        ).model_dump()
        for one in shadows
    ]
    async with uow.session.begin_nested():
        await uow.session.exec(insert(ShadowScore).values(rows))
