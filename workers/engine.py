"""The policy of this process, kept where its decisions are; models and policies that decided, found again."""

import asyncio
import tempfile
from pathlib import Path

from portal.db.models import EngineKind
from portal.db.uow import UnitOfWork
from portal.underwriting.engine import find_version, keep_version
from scoring.archive import ArchiveError, pack, unpack
from scoring.describe import describe
from scoring.model import ArtifactError, Model
from scoring.model import load as load_model
from scoring.policy_file import STANDARD, Policy, PolicyError, load_policy
from workers.work import Work


class VersionMissing(RuntimeError):
    """A model or a policy that decided once was not kept, or can't be loaded; the sentence names it."""


async def keep_engine(work: Work, uow: UnitOfWork) -> None:
    """Put the policy where its decisions go, once a process; models are kept as they are registered. Raises
    VersionMissing when the folder changed under this worker, which then has to be started again: what is in it now is
    not what decides."""
    if work.engine_kept:
        return
    policy = await asyncio.to_thread(pack, STANDARD)
    _read_policy(work.policy.version, policy)
    await keep_version(uow, EngineKind.POLICY, work.policy.version, policy, describe(work.policy))

    async def remember() -> None:
        work.engine_kept = True

    uow.after_commit(remember)


async def load_kept_model(uow: UnitOfWork, version: str) -> Model:
    """Raises VersionMissing."""
    return read_model(version, await _content(uow, EngineKind.MODEL, version))


async def load_kept_policy(uow: UnitOfWork, version: str) -> Policy:
    """Raises VersionMissing."""
    return _read_policy(version, await _content(uow, EngineKind.POLICY, version))


def read_model(version: str, content: bytes) -> Model:
    """From its files as they were kept; CPU work of a tenth of a second. Raises VersionMissing."""
    with tempfile.TemporaryDirectory(prefix="xindai-model-") as folder:
        try:
            unpack(content, Path(folder))
            return load_model(Path(folder), version)
        except (ArchiveError, ArtifactError) as broken:
            raise VersionMissing(f"model {version} can't be loaded from its files: {broken}") from broken


def _read_policy(version: str, content: bytes) -> Policy:
    with tempfile.TemporaryDirectory(prefix="xindai-policy-") as folder:
        try:
            unpack(content, Path(folder))
            policy = load_policy(Path(folder))
        except (ArchiveError, PolicyError) as broken:
            raise VersionMissing(f"policy {version} can't be loaded from its files: {broken}") from broken
    if policy.version != version:
        raise VersionMissing(f"the files of policy {version} are those of {policy.version}")
    return policy


async def _content(uow: UnitOfWork, kind: EngineKind, version: str) -> bytes:
    found = await find_version(uow, kind, version)
    if found is None:
        raise VersionMissing(f"{kind.value} {version} was not kept")
    return found.content
