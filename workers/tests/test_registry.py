"""Which model decides: registered by the first worker, promoted by two people, shadowed by its challengers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import (
    Decision,
    EngineVersion,
    ModelOrigin,
    ModelState,
    RegisteredModel,
    Role,
    ShadowScore,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.errors import Conflict, Invalid
from portal.registry import service
from portal.registry.queries import find_champion, find_proposal, list_changes, list_in_force
from portal.settings import Settings
from portal.testing.cases import make_staff
from scoring.artifact import ArtifactError
from workers.register import NoChampion, run
from workers.replay import Replayer, replay_all
from workers.sandbox.personas import get_persona
from workers.standing import find_standing, register_folder, register_shipped
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.models import make_model, shifted
from workers.tests.steps import PROCEDURES, open_steps, submit
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

WHY = "在近三个月的影子评分中区分度更好。"


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


@pytest.fixture
async def risk(units: UnitsOfWork) -> StaffIdentity:
    return await make_staff(units, Role.RISK)


@pytest.fixture
async def second(units: UnitsOfWork) -> StaffIdentity:
    return await make_staff(units, Role.ADMIN)


async def decided(work: Work, units: UnitsOfWork, persona: str) -> Decision:
    application = await submit(units, get_persona(persona))
    await drain(work, PROCEDURES)
    async with units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return (await uow.session.exec(statement)).one()


async def challenge(units: UnitsOfWork, work: Work, folder: Path, by: float = 3.0) -> str:
    """A registered challenger that finds everybody riskier."""
    make_model(folder, calibrator=shifted(by))
    async with units.begin() as uow:
        await register_shipped(work, uow)
        version, state = await register_folder(uow, folder, ModelOrigin.BROUGHT, "a test")
    assert state is ModelState.CHALLENGER
    return version


async def promote(units: UnitsOfWork, version: str, one: StaffIdentity, other: StaffIdentity) -> None:
    async with units.begin() as uow:
        await service.propose(uow, version, one, WHY)
    async with units.begin() as uow:
        proposal = await find_proposal(uow)
        assert proposal is not None
        await service.confirm(uow, proposal.id, other)


async def shadows_of(units: UnitsOfWork, decision: Decision) -> Sequence[ShadowScore]:
    async with units.begin() as uow:
        return (await uow.session.exec(select(ShadowScore).where(col(ShadowScore.decision_id) == decision.id))).all()


async def test_the_first_worker_makes_the_shipped_model_champion_once(work: Work, units: UnitsOfWork) -> None:
    for _ in range(2):
        async with units.begin() as uow:
            await register_shipped(work, uow)
    async with units.begin() as uow:
        assert await list_in_force(uow) == [(work.model.hash, ModelState.CHAMPION)]
        champion = await find_champion(uow)
        assert champion is not None
        assert champion.figures["trained"]["auc"] > 0.78
        assert [change.kind for change in await list_changes(uow)] == ["promoted", "registered"]


async def test_two_people_promote_and_the_next_decision_is_the_new_models(
    work: Work, units: UnitsOfWork, tmp_path: Path, risk: StaffIdentity, second: StaffIdentity
) -> None:
    version = await challenge(units, work, tmp_path / "other")
    before = await decided(work, units, "approve")
    await promote(units, version, risk, second)
    after = await decided(work, units, "refer")
    assert (before.model_hash, after.model_hash) == (work.model.hash, version)
    async with units.begin() as uow:
        assert await list_in_force(uow) == [(version, ModelState.CHAMPION)]
        history = [(change.kind, change.by, change.reason) for change in await list_changes(uow)]
    assert ("promoted", second.name, WHY) in history
    assert ("proposed", risk.name, WHY) in history
    assert ("retired", second.name, "") in history
    # Roll back: the retired model is promoted by the same rule, and everything replays.
    await promote(units, work.model.hash, second, risk)
    async with units.begin() as uow:
        assert await list_in_force(uow) == [(work.model.hash, ModelState.CHAMPION)]
        for decision in (before, after):
            (done,) = await replay_all(uow, str(decision.id), Replayer())
            assert (done.problem, done.differences) == ("", ())


async def test_a_folder_is_registered_from_the_shell(work: Work, units: UnitsOfWork, tmp_path: Path) -> None:
    version = make_model(tmp_path / "other", calibrator=shifted(0.1))
    with pytest.raises(NoChampion):
        await run(work.settings, tmp_path / "other", "a test")
    async with units.begin() as uow:
        await register_shipped(work, uow)
    assert await run(work.settings, tmp_path / "other", "a test") == (version, ModelState.CHALLENGER)
    assert await run(work.settings, tmp_path / "other", "a test") == (version, None)
    with pytest.raises(ArtifactError, match="is not a model"):
        await run(work.settings, tmp_path, "a test")


async def test_nobody_promotes_alone(
    work: Work, units: UnitsOfWork, tmp_path: Path, risk: StaffIdentity, second: StaffIdentity
) -> None:
    version = await challenge(units, work, tmp_path / "other")
    async with units.begin() as uow:
        with pytest.raises(Invalid):
            await service.propose(uow, version, risk, "太短")
        await service.propose(uow, version, risk, WHY)
        with pytest.raises(Conflict):
            await service.propose(uow, version, second, WHY)
        with pytest.raises(Conflict):
            await service.retire(uow, version, second, WHY)
        proposal = await find_proposal(uow)
        assert proposal is not None
        with pytest.raises(service.SamePerson):
            await service.confirm(uow, proposal.id, risk)
    with pytest.raises(DBAPIError, match="promotion_takes_two"):
        async with units.begin() as uow:
            await uow.session.exec(
                text("update model_promotion set state = 'confirmed', settled_by = proposed_by, settled_at = now()")  # type: ignore[call-overload]
            )
    async with units.begin() as uow:
        await service.drop(uow, proposal.id, risk, "暂不需要，下月再看一次。")
        with pytest.raises(service.AlreadySettled):
            await service.confirm(uow, proposal.id, second)
        assert (await list_in_force(uow))[0] == (work.model.hash, ModelState.CHAMPION)
        await service.retire(uow, version, risk, "效果不如现用模型，停用。")
        assert await list_in_force(uow) == [(work.model.hash, ModelState.CHAMPION)]


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("update registered_model set state = 'champion' where state = 'challenger'", "no confirmed promotion"),
        (
            "insert into registered_model select version, 'champion', 'brought', '{}', now(), now() from engine_version"
            " where kind = 'policy'",
            "only the first model",
        ),
        ("update registered_model set figures = '{}'", "kept as it was"),
        ("update registered_model set state = 'retired' where state = 'champion'", "has to be champion"),
        ("delete from registered_model", "append-only"),
        ("truncate registered_model cascade", "append-only"),
        ("update model_change set reason = 'another'", "append-only"),
        ("delete from model_change", "append-only"),
        ("delete from shadow_score", "append-only"),
        ("update shadow_score set pd = 0.5", "append-only"),
    ],
)
async def test_the_database_refuses_what_the_service_never_does(
    statement: str, refused: str, work: Work, units: UnitsOfWork, tmp_path: Path
) -> None:
    await challenge(units, work, tmp_path / "other")
    await decided(work, units, "approve")
    with pytest.raises(DBAPIError, match=refused):
        async with units.begin() as uow:
            await uow.session.exec(text(statement))  # type: ignore[call-overload]


async def test_challengers_score_the_same_case_and_change_nothing(
    work: Work, units: UnitsOfWork, tmp_path: Path
) -> None:
    version = await challenge(units, work, tmp_path / "other")
    decision = await decided(work, units, "approve")
    (shadow,) = await shadows_of(units, decision)
    assert (decision.model_hash, decision.lane) == (work.model.hash, "approve")
    assert decision.pd is not None
    assert shadow.pd is not None
    assert (shadow.version, shadow.error) == (version, None)
    assert shadow.pd > decision.pd
    assert (shadow.lane, shadow.points is not None, shadow.grade is not None) == ("refer", True, True)


async def test_a_broken_challenger_is_recorded_and_touches_no_case(
    work: Work, units: UnitsOfWork, tmp_path: Path
) -> None:
    sound = await challenge(units, work, tmp_path / "sound")
    broken = await challenge(units, work, tmp_path / "broken", by=2.0)
    async with units.begin() as uow:
        await service.register(uow, "f" * 64, b"no archive", {}, ModelOrigin.BROUGHT)
        standing = await find_standing(work, uow)
    model = dict(standing.challengers)[broken]
    assert not isinstance(model, str)
    work.loaded[broken] = replace(model, trees=cast(Any, None))
    decision = await decided(work, units, "approve")
    assert decision.lane == "approve"
    found = {shadow.version: shadow for shadow in await shadows_of(units, decision)}
    assert found[sound].error is None
    assert found[broken].error == "AttributeError"
    assert "can't be loaded from its files" in (found["f" * 64].error or "")
    assert {found[version].pd for version in (broken, "f" * 64)} == {None}


async def test_without_its_champion_nothing_is_decided(work: Work, units: UnitsOfWork) -> None:
    async with units.begin() as uow:
        await register_shipped(work, uow)
    work.loaded[work.model.hash] = "the champion can't be loaded"
    await submit(units, get_persona("approve"))
    await drain(work, PROCEDURES)
    async with units.begin() as uow:
        assert list(await uow.session.exec(select(Decision))) == []


async def test_a_model_that_no_report_can_feed_is_refused(work: Work, units: UnitsOfWork, tmp_path: Path) -> None:
    def other_feature(tree: dict[str, Any]) -> None:
        tree["inputs"][0]["name"] = "horoscope"

    def no_baseline(tree: dict[str, Any]) -> None:
        del tree["baseline"]["(score)"]

    make_model(tmp_path / "stars", schema=other_feature, text=(work.model.names[0], "horoscope"))
    make_model(tmp_path / "blind", metrics=no_baseline)
    for folder, sentence in (
        ("stars", "wants 'horoscope', which no report can supply"),
        ("blind", "drift can't be seen"),
    ):
        with pytest.raises(ArtifactError, match=sentence):
            async with units.begin() as uow:
                await register_folder(uow, tmp_path / folder, ModelOrigin.BROUGHT)
    async with units.begin() as uow:
        assert list(await uow.session.exec(select(RegisteredModel))) == []
        assert list(await uow.session.exec(select(EngineVersion))) == []
