"""The models in force, for one decision: one question to the database, and each model loaded once a process."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from portal.db.models import EngineKind, ModelOrigin, ModelState
from portal.db.uow import UnitOfWork
from portal.registry.queries import find_model, list_in_force
from portal.registry.service import register
from portal.underwriting.engine import find_version
from scoring.archive import pack
from scoring.describe import describe_model
from scoring.model import CHAMPION, Model
from scoring.model import load as load_model
from workers.engine import VersionMissing, read_model
from workers.work import Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """The champion, and challengers by version: each a model, or the sentence that says why it can't be used."""

    champion: Model
    challengers: tuple[tuple[str, Model | str], ...] = ()


async def find_standing(work: Work, uow: UnitOfWork) -> Standing:
    """Raises VersionMissing when the champion can't be loaded: nothing is decided then. The first decision on a new
    database makes the model that came with the software champion, as the start of a worker does."""
    listed = await list_in_force(uow)
    if not listed:
        await register_shipped(work, uow)
        listed = await list_in_force(uow)
    models = [(version, state, await _load(work, uow, version)) for version, state in listed]
    champion = next(model for _, state, model in models if state is ModelState.CHAMPION)
    if isinstance(champion, str):
        raise VersionMissing(champion)
    challengers = tuple((version, model) for version, state, model in models if state is ModelState.CHALLENGER)
    return Standing(champion, challengers)


async def register_shipped(work: Work, uow: UnitOfWork) -> None:
    """Register the model that came with the software, once: the first decides, one that comes with a later release
    is a challenger. Raises ArtifactError when its folder changed under this worker, which then has to be started
    again."""
    if await find_model(uow, work.model.hash) is None:
        await register_folder(uow, CHAMPION, ModelOrigin.SHIPPED, expected_hash=work.model.hash)


async def register_folder(
    uow: UnitOfWork, folder: Path, origin: ModelOrigin, reason: str | None = None, *, expected_hash: str | None = None
) -> tuple[str, ModelState | None]:
    """A model's folder into the registry: its hash, and its state unless it was registered before.

    Raises ArtifactError with a sentence for anything that could not score our cases: altered, cut short, with features
    that no bureau report supplies, or unable to be watched for drift.
    """
    model = await asyncio.to_thread(load_model, folder, expected_hash)
    content = await asyncio.to_thread(pack, folder)
    return model.hash, await register(uow, model.hash, content, describe_model(model), origin, reason)


async def load_registered(work: Work, uow: UnitOfWork, version: str) -> Model:
    """Any registered model. Raises VersionMissing."""
    model = await _load(work, uow, version)
    if isinstance(model, str):
        raise VersionMissing(model)
    return model


async def _load(work: Work, uow: UnitOfWork, version: str) -> Model | str:
    """What can't be loaded now never can, because what a version names never changes: it is asked for once, too."""
    if version not in work.loaded:
        if version == work.model.hash:
            work.loaded[version] = work.model
        else:
            work.loaded[version] = await _read(uow, version)
    return work.loaded[version]


async def _read(uow: UnitOfWork, version: str) -> Model | str:
    kept = await find_version(uow, EngineKind.MODEL, version)
    if kept is None:
        return f"model {version} was not kept"
    try:
        return await asyncio.to_thread(read_model, version, kept.content)
    except VersionMissing as missing:
        log.error("model_unusable", model=version[:12], problem=str(missing))
        return str(missing)
