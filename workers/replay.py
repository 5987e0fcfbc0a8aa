"""`python -m workers.replay DECISION`: decide again from what was kept, and say whether it comes to the same bytes.

DECISION is a decision's id or an application's reference, which stands for all automatic decisions on it. Prints no
personal data: which, by what, how many bytes, and where two records differ the names of the fields. Ends with exit code
0 when all are the same, 1 when one is not, 2 when one can't be replayed.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as altered
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from portal.db.engine import create_engine, create_sessions
from portal.db.models import Application, Decision, PersonKey
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.db.vault import KeyRing
from portal.jobs import SilentAnnouncer
from portal.settings import Settings, get_settings
from portal.underwriting.findings import snapshot_place
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.record import ReplayError, replay
from workers.engine import VersionMissing, load_kept_model, load_kept_policy


@dataclass(frozen=True, slots=True)
class Replayed:
    """`problem`: why it could not be replayed. `differences`: paths of fields that came out otherwise."""

    decision_id: UUID
    reference: str
    lane: str
    model: str
    policy: str
    size: int
    digest: str
    differences: tuple[str, ...] = ()
    problem: str = ""


class Replayer:
    """Loads each model and policy once, however many decisions they made."""

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}
        self._policies: dict[str, Policy] = {}

    async def run(self, uow: UnitOfWork, application: Application, decision: Decision) -> Replayed:
        """One decision."""
        stored = await _open(uow, application, decision)
        model, policy = decision.model_hash or "", decision.policy_version or ""
        done = Replayed(
            decision.id,
            application.reference,
            decision.lane.value,
            model,
            policy,
            len(stored or b""),
            sha256(stored or b"").hexdigest(),
        )
        if stored is None:
            return altered(done, problem="the person was erased, and with them what the decision rests on")
        try:
            again = replay(stored, await self._model(uow, model), await self._policy(uow, policy))
        except (ReplayError, VersionMissing) as problem:
            return altered(done, problem=str(problem))
        if again == stored:
            return done
        found = tuple(differences(json.loads(stored), json.loads(again)))
        return altered(done, differences=found or ("the bytes alone",))

    async def _model(self, uow: UnitOfWork, version: str) -> Model:
        if version not in self._models:
            self._models[version] = await load_kept_model(uow, version)
        return self._models[version]

    async def _policy(self, uow: UnitOfWork, version: str) -> Policy:
        if version not in self._policies:
            self._policies[version] = await load_kept_policy(uow, version)
        return self._policies[version]


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of what differs, never the values: they are personal data."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, f"{path}.{index}")
    elif before != after:
        yield path


async def replay_all(uow: UnitOfWork, which: str, replayer: Replayer) -> list[Replayed]:
    """All automatic decisions that `which` stands for, oldest first; empty when there is none."""
    return [await replayer.run(uow, application, decision) for application, decision in await _find(uow, which)]


async def _find(uow: UnitOfWork, which: str) -> list[tuple[Application, Decision]]:
    try:
        wanted = col(Decision.id) == UUID(which)
    except ValueError:
        wanted = col(Application.reference) == which.upper()
    statement = (
        select(Application, Decision)
        .join(Decision, col(Decision.application_id) == col(Application.id))
        .where(wanted, col(Decision.snapshot).is_not(None))
        .order_by(col(Decision.decided_at))
    )
    return list((await uow.session.exec(statement)).all())


async def _open(uow: UnitOfWork, application: Application, decision: Decision) -> bytes | None:
    # Asking for an erased person's cipher would make them a new key.
    if decision.snapshot is None or await uow.session.get(PersonKey, application.applicant_id) is None:
        return None
    cipher = await uow.cipher(application.applicant_id)
    return cipher.open_bytes(snapshot_place(decision.id), decision.snapshot)


def words_of(done: Replayed) -> str:
    """One decision in a few lines."""
    head = f"{done.reference}, decision {done.decision_id}: {done.lane}"
    made = f"  model {done.model[:16]}, policy {done.policy}"
    if done.problem:
        return f"{head}\n{made}\n  can't be replayed: {done.problem}"
    if done.differences:
        return f"{head}\n{made}\n  DIFFERENT in {', '.join(done.differences)}"
    return f"{head}\n{made}\n  identical, bit for bit: {done.size:,} bytes, SHA-256 {done.digest[:16]}"


async def run(settings: Settings, which: str) -> list[Replayed]:
    """Over the lender's database; reads only."""
    engine = create_engine(settings.database_url)
    keys = KeyRing.from_config(settings.data_keys.get_secret_value(), settings.secret_key.get_secret_value())
    try:
        async with UnitsOfWork(create_sessions(engine), keys, SilentAnnouncer()).begin() as uow:
            return await replay_all(uow, which, Replayer())
    finally:
        await engine.dispose()


def main() -> None:
    """Replay, report, and tell the shell whether all went well."""
    parser = argparse.ArgumentParser(prog="xindai replay", description=__doc__)
    parser.add_argument("decision", metavar="DECISION", help="a decision's id, or an application's reference")
    arguments = parser.parse_args()
    found = asyncio.run(run(get_settings(), arguments.decision))
    for done in found:
        print(words_of(done))
    if not found:
        print(f"No automatic decision under {arguments.decision}.", file=sys.stderr)
    sys.exit(2 if not found or any(done.problem for done in found) else int(any(done.differences for done in found)))


if __name__ == "__main__":
    main()
