import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, select, update

from portal.db.models import Application, Decision, EngineKind, EngineVersion, PersonKey, PolicyTerm
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.clock import now
from portal.policies.queries import find_policy_in_force
from portal.settings import Settings
from portal.underwriting.engine import keep_version
from portal.underwriting.findings import snapshot_place
from scoring.archive import ArchiveError, pack, unpack
from scoring.policy_edit import parameters
from scoring.policy_file import STANDARD, load_policy
from workers import engine
from workers.replay import Replayed, Replayer, differences, replay_all, run, words_of
from workers.sandbox.personas import get_persona
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps, submit
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


async def decided(work: Work, units: UnitsOfWork, persona: str = "approve") -> tuple[Application, Decision]:
    application = await submit(units, get_persona(persona))
    await drain(work, PROCEDURES)
    async with units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return application, (await uow.session.exec(statement)).one()


async def replayed(units: UnitsOfWork, which: str) -> list[Replayed]:
    async with units.begin() as uow:
        return await replay_all(uow, which, Replayer())


async def test_a_decision_replays_by_its_id_and_by_the_reference(work: Work, units: UnitsOfWork) -> None:
    application, decision = await decided(work, units)
    for which in (str(decision.id), application.reference, application.reference.lower()):
        (done,) = await replayed(units, which)
        assert (done.problem, done.differences, done.lane) == ("", (), "approve")
        assert done.size > 1_000
        assert "identical, bit for bit" in words_of(done)
    assert await replayed(units, str(uuid4())) == []
    assert await run(work.settings, application.reference) == await replayed(units, application.reference)


async def test_what_decided_is_kept_once_and_described(work: Work, units: UnitsOfWork) -> None:
    await decided(work, units)
    await decided(work, units, "refer")
    async with units.begin() as uow:
        kept = list(await uow.session.exec(select(EngineVersion.kind, EngineVersion.version)))
        found = await find_policy_in_force(uow)
    policy = load_policy()
    assert sorted(kept) == [(EngineKind.MODEL, work.model.hash), (EngineKind.POLICY, policy.version)]
    assert found is not None
    assert found[0] == policy.version
    assert {table["id"] for table in found[1]["tables"]} == set(policy.tables)
    assert {one["key"] for one in found[1]["parameters"]} == {one.key for one in parameters(STANDARD)}


async def test_an_older_policys_decision_still_replays(
    work: Work, units: UnitsOfWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = shutil.copytree(STANDARD, tmp_path / "older")
    text = (older / "price.json").read_text()
    (older / "price.json").write_text(text.replace('"720"', '"700"'))
    monkeypatch.setattr(engine, "STANDARD", older)
    application, decision = await decided(work, units)
    assert decision.policy_version == load_policy(older).version != load_policy().version
    async with units.begin() as uow:
        newer = await asyncio.to_thread(pack, STANDARD)
        await keep_version(uow, EngineKind.POLICY, load_policy().version, newer)
        await uow.session.exec(update(PolicyTerm).values(ended_at=now()))
        uow.session.add(PolicyTerm(version=load_policy().version))
    _, later = await decided(work, units, "refer")
    assert later.policy_version == load_policy().version
    shutil.rmtree(older)
    (done,) = await replayed(units, application.reference)
    assert (done.policy, done.problem, done.differences) == (decision.policy_version, "", ())


async def test_a_policy_whose_files_are_anothers_decides_nothing(work: Work, units: UnitsOfWork) -> None:
    async with units.begin() as uow:
        await keep_version(uow, EngineKind.POLICY, "standard-0+0", await asyncio.to_thread(pack, STANDARD))
        uow.session.add(PolicyTerm(version="standard-0+0"))
    with pytest.raises(engine.VersionMissing, match="are those of"):
        async with units.begin() as uow:
            await engine.policy_in_force(work, uow)


async def test_a_record_that_differs_says_where(work: Work, units: UnitsOfWork) -> None:
    application, decision = await decided(work, units)
    async with units.begin() as uow:
        cipher = await uow.cipher(application.applicant_id)
        assert decision.snapshot is not None
        stored = json.loads(cipher.open_bytes(snapshot_place(decision.id), decision.snapshot))
        stored["decision"]["lane"] = "decline"
        changed = json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        false = Decision(**{**decision.model_dump(), "id": uuid4()})
        false.snapshot = cipher.seal_bytes(snapshot_place(false.id), changed)
        unknown = Decision(**{**decision.model_dump(), "id": uuid4(), "model_hash": "0" * 64})
        unknown.snapshot = cipher.seal_bytes(snapshot_place(unknown.id), changed)
        uow.session.add_all([false, unknown])
    (done,) = await replayed(units, str(false.id))
    assert done.differences == ("decision.lane",)
    assert "DIFFERENT in decision.lane" in words_of(done)
    (lost,) = await replayed(units, str(unknown.id))
    assert "was not kept" in lost.problem
    assert "can't be replayed" in words_of(lost)


async def test_an_erased_persons_decision_cannot_be_replayed(work: Work, units: UnitsOfWork) -> None:
    application, decision = await decided(work, units)
    async with units.begin() as uow:
        await uow.session.exec(delete(PersonKey).where(col(PersonKey.person_id) == application.applicant_id))
    (done,) = await replayed(units, str(decision.id))
    assert "erased" in done.problem
    async with units.begin() as uow:
        assert await uow.session.get(PersonKey, application.applicant_id) is None


async def test_what_was_kept_cannot_be_exchanged(work: Work, units: UnitsOfWork) -> None:
    await decided(work, units)
    for statement in (update(EngineVersion).values(content=b"other"), delete(EngineVersion)):
        with pytest.raises(DBAPIError, match="kept as it was"):
            async with units.begin() as uow:
                await uow.session.exec(statement)


def test_differences_name_fields_and_no_values() -> None:
    before = {"a": 1, "b": [1, {"c": 2}], "d": [1]}
    after = {"a": 1, "b": [1, {"c": 3}], "d": [1, 2], "e": 0}
    assert list(differences(before, after)) == ["b.1.c", "d", "e"]


def test_an_archive_is_the_same_every_time_and_stays_inside(tmp_path: Path) -> None:
    packed = pack(STANDARD)
    unpack(packed, tmp_path / "again")
    assert pack(tmp_path / "again") == packed
    assert load_policy(tmp_path / "again").version == load_policy().version
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "xx").write_text("x")
    for content in (pack(evil).replace(b"xx", b"/x"), b"", b"PK", packed[:-30]):
        with pytest.raises(ArchiveError):
            unpack(content, tmp_path / "out")
