"""Which model and policy decided: kept with the decisions, found again for a replay and for the page about it."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from portal.db.models import EngineKind, EngineVersion
from portal.db.uow import UnitOfWork
from portal.domain.clock import now


async def keep_version(
    uow: UnitOfWork, kind: EngineKind, version: str, content: bytes, described: dict[str, Any] | None = None
) -> None:
    """Once; from now on it is the one in force. What is kept under a version is never exchanged, but a policy is
    described anew, because the words may have changed."""
    row = EngineVersion(version=version, kind=kind, content=content, described=described)
    changed = {"in_force_at": now(), "described": described}
    await uow.session.exec(
        upsert(EngineVersion)
        .values(**row.model_dump())
        .on_conflict_do_update(index_elements=[col(EngineVersion.version)], set_=changed)
    )


async def find_version(uow: UnitOfWork, kind: EngineKind, version: str) -> EngineVersion | None:
    """With its content."""
    found = await uow.session.get(EngineVersion, version)
    return found if found is not None and found.kind is kind else None


async def find_policy_in_force(uow: UnitOfWork) -> tuple[str, dict[str, Any]] | None:
    """The policy's version and description that a worker took up last; None before the first worker ran."""
    statement = (
        select(EngineVersion.version, EngineVersion.described)
        .where(col(EngineVersion.kind) == EngineKind.POLICY, col(EngineVersion.described).is_not(None))
        .order_by(col(EngineVersion.in_force_at).desc())
        .limit(1)
    )
    found = (await uow.session.exec(statement)).first()
    return None if found is None or found[1] is None else (found[0], dict(found[1]))
