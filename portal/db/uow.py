"""One request or one job step is one transaction, and this is it.

Features write through `session`, append to the history, make work due and seal personal data here; whoever opened the
unit of work commits it once. After the commit, and never before, due work is announced.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, inspect, literal, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.db.engine import Sessions
from portal.db.models import Application, Event, EventHead, PersonKey, StepRun
from portal.db.together import Query, Rows, Write, read_together
from portal.db.vault import SYSTEM_PERSON, KeyRing, PersonCipher
from portal.domain.application import ApplicationState, check_transition
from portal.domain.clock import now
from portal.domain.errors import Conflict, TooMany
from portal.domain.events import ActorKind, EventKind
from portal.domain.history import chain_hash
from portal.domain.workflow import ASIDE, PLANS, Step, StepState
from portal.jobs import Announcer, WakeUp

_LOCK_NOT_AVAILABLE = "55P03"
_KEY = select(PersonKey).where(col(PersonKey.person_id) == bindparam("person_id"))
_HEAD = select(EventHead).where(col(EventHead.application_id) == bindparam("application_id"))


class UnitOfWork:
    """A session with the house's verbs on it."""

    def __init__(self, session: AsyncSession, keys: KeyRing, announcer: Announcer) -> None:
        self.session = session
        self.keys = keys
        self._announcer = announcer
        self._wake_ups: list[WakeUp] = []
        self._afterwards: list[Callable[[], Awaitable[None]]] = []
        self._ciphers: dict[UUID, PersonCipher] = {}
        self._heads: dict[UUID, tuple[int, bytes]] = {}

    async def commit(self) -> None:
        """Commit, then announce. Only the opener of the unit calls this."""
        await self.session.commit()
        wake_ups, self._wake_ups = self._wake_ups, []
        if wake_ups:
            await self._announcer.announce(wake_ups)
        afterwards, self._afterwards = self._afterwards, []
        for act in afterwards:
            await act()

    def after_commit(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do this once the change is safe, such as deleting a file that no row names any more. It must not raise."""
        self._afterwards.append(act)

    async def rollback(self) -> None:
        """Forget everything, announcements included."""
        self._wake_ups, self._afterwards = [], []
        await self.session.rollback()

    async def take_turn(self, index: bytes) -> None:
        """Wait for other units that took a turn at this blind index to end; the turn ends with this one.

        Raises TooMany when the queue is so long that the database's `lock_timeout` ends the wait.
        """
        try:
            await self.session.exec(select(func.pg_advisory_xact_lock(int.from_bytes(index[:8], signed=True))))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise TooMany(retry_after=3) from None

    async def append(
        self,
        application_id: UUID,
        kind: EventKind,
        *,
        actor: UUID | None = None,
        actor_kind: ActorKind = ActorKind.SYSTEM,
        along: Sequence[Write] = (),
        **data: Any,
    ) -> int:
        """Append one event; returns its number. Holds the chain's head until the transaction ends.

        `along` is what the event tells of, written in the same statement (portal.db.together.write_together).
        """
        await self.session.flush()
        event = Event(
            application_id=application_id,
            seq=0,
            kind=kind,
            actor_kind=actor_kind,
            actor_id=actor,
            data=data,
            at=now(),
            previous_hash=b"",
            hash=b"",
        )
        head = self._heads.get(application_id)
        if head is None or not await self._chain(event, *head, along):
            await self._chain(event, *await self._lock_head(application_id), along if head is None else ())
        self._heads[application_id] = (event.seq, event.hash)
        return event.seq

    async def _lock_head(self, application_id: UUID) -> tuple[int, bytes]:
        head = select(EventHead.seq, EventHead.hash).where(EventHead.application_id == application_id)
        seq, digest = (await self.session.exec(head.with_for_update())).one()
        return seq, digest

    async def _chain(self, event: Event, last: int, previous: bytes, along: Sequence[Write]) -> bool:
        """Moves the head and writes the event behind it, in one statement with what goes along; False when others have
        moved it since, or when what moved it was rolled back: then all but the event is written."""
        event.seq, event.previous_hash = last + 1, previous
        event.hash = chain_hash(
            previous,
            event.application_id,
            event.seq,
            event.kind,
            event.actor_kind,
            event.actor_id,
            event.data,
            event.at,
        )
        moved = (
            update(EventHead)
            .where(col(EventHead.application_id) == event.application_id, col(EventHead.hash) == previous)
            .values(seq=event.seq, hash=event.hash)
            .returning(col(EventHead.application_id))
            .cte("moved")
        )
        values = {name: literal(value, inspect(Event).columns[name].type) for name, value in event.model_dump().items()}
        behind = insert(Event).from_select([*values], select(*values.values()).select_from(moved))
        written = await self.session.execute(
            behind.add_cte(*(write.cte() for write in along)).returning(col(Event.seq))
        )
        return written.one_or_none() is not None

    async def change_state(self, application: Application, target: ApplicationState, **columns: Any) -> None:
        """Move the application, guarded by its version: raises IllegalTransition, or Conflict if another was first."""
        check_transition(application.state, target)
        await self.session.flush()
        values = {"state": target, "version": application.version + 1, "updated_at": now(), **columns}
        changed = await self.session.exec(
            update(Application)
            .where(Application.id == application.id, Application.version == application.version)  # type: ignore[arg-type]
            .values(**values)
            .returning(Application.version)  # type: ignore[call-overload]
            .execution_options(synchronize_session=False)
        )
        if changed.one_or_none() is None:
            raise Conflict
        await self.session.refresh(application)

    async def make_due(
        self,
        step: Step,
        application_id: UUID | None,
        *,
        subject_id: UUID | None = None,
        at: datetime | None = None,
        announce: bool = True,
    ) -> StepRun | None:
        """Write the row that makes a step due; None when this application and subject already have one."""
        run = StepRun(
            application_id=application_id, step=step, queue=PLANS[step].queue, subject_id=subject_id, due_at=at or now()
        )
        await self.session.flush()
        written = await self.session.exec(
            upsert(StepRun).values(**run.model_dump()).on_conflict_do_nothing().returning(StepRun.id)  # type: ignore[call-overload]
        )
        if written.one_or_none() is None:
            return None
        if announce:
            self._wake_ups.append(WakeUp(step, run.id))
        return run

    def wake(self, run: StepRun) -> None:
        """Announce, after commit, a row that became due again."""
        self._wake_ups.append(WakeUp(run.step, run.id))

    async def cancel_steps(self, application_id: UUID) -> None:
        """Cancel what has not begun: a withdrawn application queries no bureau and pays nothing out."""
        await self.session.exec(
            update(StepRun)
            .where(
                StepRun.application_id == application_id,  # type: ignore[arg-type]
                StepRun.step.not_in(ASIDE),  # type: ignore[attr-defined]
                StepRun.state.in_([StepState.DUE, StepState.PARKED, StepState.FAILED]),  # type: ignore[attr-defined]
            )
            .values(state=StepState.CANCELLED, finished_at=now())
        )

    async def read_case(self, application: Application, *queries: Query, **values: Any) -> list[Rows]:
        """The rows of each query about `application_id` (portal.db.together). The same statement reads the key that
        opens them, and the end of the history that whatever is done next will be appended to."""
        person = application.applicant_id
        keys, heads, *found = await read_together(
            self.session,
            _KEY,
            _HEAD,
            *queries,
            person_id=person,
            application_id=application.id,
            **values,
        )
        for key in keys:
            self._ciphers[person] = self.keys.unwrap(person, key.key_id, key.wrapped)
        for head in heads:
            self._heads[application.id] = (head.seq, head.hash)
        return found

    async def cipher(self, person_id: UUID = SYSTEM_PERSON) -> PersonCipher:
        """The person's cipher, made on first use; raises Unsealable when the key ring can't open it."""
        if person_id not in self._ciphers:
            row = await self.session.get(PersonKey, person_id)
            if row is None:
                key_id, wrapped, _ = self.keys.new_data_key(person_id)
                # Two first uses may race; the first row wins and both read it back.
                await self.session.exec(
                    upsert(PersonKey)
                    .values(person_id=person_id, key_id=key_id, wrapped=wrapped, created_at=now())
                    .on_conflict_do_nothing()
                )
                row = (await self.session.exec(select(PersonKey).where(PersonKey.person_id == person_id))).one()
            self._ciphers[person_id] = self.keys.unwrap(person_id, row.key_id, row.wrapped)
        return self._ciphers[person_id]


class UnitsOfWork:
    """Opens units of work; one a process."""

    def __init__(self, sessions: Sessions, keys: KeyRing, announcer: Announcer) -> None:
        self.sessions = sessions
        self.keys = keys
        self.announcer = announcer

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """Commit when the block ends, roll back when it raises."""
        async with self.sessions() as session:
            uow = UnitOfWork(session, self.keys, self.announcer)
            try:
                yield uow
            except BaseException:
                await uow.rollback()
                raise
            await uow.commit()


def body_hash(action: str, body: str) -> bytes:
    """What an idempotency key is bound to."""
    return sha256(f"{action}\x00{body}".encode()).digest()
