"""The policy in force, and models and policies that decided, found again."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.db.models import EngineKind
from portal.db.uow import UnitOfWork
from portal.policies.queries import find_version_in_force
from portal.policies.service import begin_first_term
from portal.underwriting.engine import find_version, keep_version
from scoring.archive import ArchiveError, pack, unpack
from scoring.describe import describe
from scoring.model import ArtifactError, Model
from scoring.model import load as load_model
from scoring.policy_edit import parameters
from scoring.policy_file import STANDARD, Policy, PolicyError, load_policy
from workers.work import Work


class VersionMissing(RuntimeError):
    """A model or a policy that decided once was not kept, or can't be loaded; the sentence names it."""


async def policy_in_force(work: Work, uow: UnitOfWork) -> Policy:
    """Asked for at each decision, read once a process: only the version is looked up again. Where none is in force the
    one that came with the product begins. Raises VersionMissing when what is in force can't be loaded."""
    version = await find_version_in_force(uow)
    if version is None:
        version = await _begin(uow)
    if version not in work.policies:
        content = await kept_content(uow, EngineKind.POLICY, version)
        read = await asyncio.to_thread(read_policy, content, version)
        work.policies[version] = read.policy
        await keep_version(uow, EngineKind.POLICY, version, content, read.described)
    return work.policies[version]


async def _begin(uow: UnitOfWork) -> str:
    content = await asyncio.to_thread(pack, STANDARD)
    read = await asyncio.to_thread(read_policy, content)
    await keep_version(uow, EngineKind.POLICY, read.policy.version, content, read.described)
    await begin_first_term(uow, read.policy.version)
    return await find_version_in_force(uow) or read.policy.version


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """A policy and how pages show it."""

    policy: Policy
    described: dict[str, Any]


def read_policy(content: bytes, version: str | None = None) -> ReadPolicy:
    """Raises VersionMissing when it can't be loaded, or is another than `version`."""
    with tempfile.TemporaryDirectory(prefix="xindai-policy-") as folder:
        try:
            unpack(content, Path(folder))
            policy = load_policy(Path(folder))
            described = describe(policy, parameters(Path(folder)))
        except (ArchiveError, PolicyError) as broken:
            raise VersionMissing(f"policy {version or ''} can't be loaded from its files: {broken}") from broken
    if version not in (None, policy.version):
        raise VersionMissing(f"the files of policy {version} are those of {policy.version}")
    return ReadPolicy(policy, described)


async def load_kept_model(uow: UnitOfWork, version: str) -> Model:
    """Raises VersionMissing."""
    return read_model(version, await kept_content(uow, EngineKind.MODEL, version))


async def load_kept_policy(uow: UnitOfWork, version: str) -> Policy:
    """Raises VersionMissing."""
    return read_policy(await kept_content(uow, EngineKind.POLICY, version), version).policy


def read_model(version: str, content: bytes) -> Model:
    """From its files as they were kept; CPU work of a tenth of a second. Raises VersionMissing."""
    with tempfile.TemporaryDirectory(prefix="xindai-model-") as folder:
        try:
            unpack(content, Path(folder))
            return load_model(Path(folder), version)
        except (ArchiveError, ArtifactError) as broken:
            raise VersionMissing(f"model {version} can't be loaded from its files: {broken}") from broken


async def kept_content(uow: UnitOfWork, kind: EngineKind, version: str) -> bytes:
    """The folder as one file (scoring.archive). Raises VersionMissing."""
    found = await find_version(uow, kind, version)
    if found is None:
        raise VersionMissing(f"{kind.value} {version} was not kept")
    return found.content
