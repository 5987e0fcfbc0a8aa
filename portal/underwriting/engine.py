"""Which model and policy decided: kept with the decisions, found again for a replay and for the page about it. Which
are in force say portal.registry and portal.policies."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col

from portal.db.models import EngineKind, EngineVersion
from portal.db.uow import UnitOfWork


async def keep_version(
    uow: UnitOfWork, kind: EngineKind, version: str, content: bytes, described: dict[str, Any] | None = None
) -> None:
    """Once. What is kept under a version is never exchanged, but a policy is described anew, because the words may have
    changed."""
    row = EngineVersion(version=version, kind=kind, content=content, described=described)
    await uow.session.exec(
        upsert(EngineVersion)
        .values(**row.model_dump())
        .on_conflict_do_update(index_elements=[col(EngineVersion.version)], set_={"described": described})
    )


async def find_version(uow: UnitOfWork, kind: EngineKind, version: str) -> EngineVersion | None:
    """With its content."""
    found = await uow.session.get(EngineVersion, version)
    return found if found is not None and found.kind is kind else None
