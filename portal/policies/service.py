"""A change's way: drafted, replayed by a worker, handed in, approved by another person, in force at its hour, and back.

Every step locks the change, checks where it stands, and appends to its history. Roles are checked by the caller; that
author and approver are two people is checked here and by the database.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import ChangeState, PolicyChange, PolicyEvent, PolicyEventKind, PolicyTerm
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid
from portal.domain.text import N_
from portal.domain.workflow import Step
from portal.policies.queries import find_version_in_force, get_change

S, K = ChangeState, PolicyEventKind

REPLAYED, MOST_REPLAYED = 500, 5_000
"""Decisions that a change is tried on, by default and at most."""
EDITABLE = frozenset({S.DRAFT, S.REPLAYING, S.REPLAYED})
OPEN = EDITABLE | {S.SUBMITTED, S.SCHEDULED}
FARTHEST = timedelta(days=90)
MIN_WORDS = 4
_TURN = b"policies"
DECLINED_BY_SCORE = 0.05
"""The most that may be declined by their score alone: about half of them would have repaid."""

Edits = Mapping[str, int | str]


class NotThisStep(Conflict):
    """The change has moved on, or back."""

    public = N_("这项变更的状态刚刚有了变化，操作没有执行。请看最新情况。")


class NothingBefore(Conflict):
    """The policy that came with the product has none before it."""

    public = N_("目前生效的是最初的政策，没有更早的版本可以退回。")


class Own(Conflict):
    """An author would agree to their own change."""

    public = N_("自己起草的变更要由另一位同事批准。")


async def open_draft(uow: UnitOfWork, staff: StaffIdentity, change_id: UUID, title: str, reason: str) -> PolicyChange:
    """On top of the policy in force; `change_id` is drawn with the form, so that sending it twice drafts once.

    Raises Invalid, or Conflict before the first worker ran.
    """
    title, reason = _words(title, "title"), _words(reason, "why")
    base = await find_version_in_force(uow)
    if base is None:
        raise Conflict
    known = await uow.session.get(PolicyChange, change_id)
    if known is not None:
        return known
    change = PolicyChange(
        id=change_id, title=title[:80], reason=reason, author_id=staff.id, base_version=base, replay_count=REPLAYED
    )
    uow.session.add(change)
    await _note(uow, change, K.DRAFTED, staff, reason)
    return change


async def write_values(uow: UnitOfWork, change: PolicyChange, staff: StaffIdentity, edits: Edits) -> None:
    """The whole set of new values; checked and replayed by a worker, on the policy in force by now.

    Raises NotThisStep unless the author still drafts.
    """
    _expect(change, EDITABLE, change.author_id == staff.id)
    if edits != change.edits:
        await _note(uow, change, K.EDITED, staff, values=dict(edits))
    await _replay(uow, change, dict(edits))


async def replay_again(uow: UnitOfWork, change: PolicyChange, count: int) -> None:
    """On another number of decisions, or after another policy came in force; raises NotThisStep, Invalid."""
    if not 1 <= count <= MOST_REPLAYED:
        raise Invalid({"count": N_("请填写 1 到 5000 之间的笔数。")})
    _expect(change, EDITABLE)
    change.replay_count = count
    await _replay(uow, change, change.edits)


async def _replay(uow: UnitOfWork, change: PolicyChange, edits: dict[str, Any]) -> None:
    base = await find_version_in_force(uow)
    change.base_version = base or change.base_version
    change.edits, change.revision, change.state = edits, change.revision + 1, S.REPLAYING
    change.result = change.problem = change.version = None
    change.updated_at = now()
    await uow.make_due(Step.REPLAY_POLICY, None, subject_id=change.id)


async def record_replay(
    uow: UnitOfWork, change_id: UUID, revision: int, version: str, result: Mapping[str, Any]
) -> bool:
    """What a worker found; False, and nothing kept, when the values have changed meanwhile."""
    change = await get_change(uow, change_id, for_update=True)
    if change.state is not S.REPLAYING or change.revision != revision:
        return False
    change.state, change.version, change.result, change.updated_at = S.REPLAYED, version, dict(result), now()
    counts = {"count": result["count"], "flipped": result["flipped"]}
    await _note(uow, change, K.REPLAYED, None, version=version, **counts)
    return True


async def record_problem(uow: UnitOfWork, change_id: UUID, revision: int, problem: Mapping[str, str]) -> None:
    """Why the values make no policy, {place, zh, en}; back to its author."""
    change = await get_change(uow, change_id, for_update=True)
    if change.state is S.REPLAYING and change.revision == revision:
        change.state, change.problem, change.updated_at = S.DRAFT, dict(problem), now()
        await _note(uow, change, K.REFUSED, None, **problem)


async def submit(uow: UnitOfWork, change: PolicyChange, staff: StaffIdentity) -> None:
    """To a second person; raises NotThisStep, Invalid when too many would be declined by their score alone."""
    _expect(change, {S.REPLAYED}, change.author_id == staff.id)
    if change.version == change.base_version:
        raise Invalid({"submit": N_("还没有改动任何参数，请先填写新的值。")})
    if too_many_by_score(change):
        raise Invalid({"submit": N_("回放中仅凭评分拒绝的占比超过百分之五，不能提交。请把拒绝线调高。")})
    await _require_base(uow, change)
    _move(change, S.SUBMITTED)
    await _note(uow, change, K.SUBMITTED, staff)


def too_many_by_score(change: PolicyChange) -> bool:
    """Whether the replay declines a larger share by score alone than may be, and more than before."""
    if change.result is None:
        return False
    share, before = (change.result[side]["declined_by_score"]["share"] or 0 for side in ("after", "before"))
    return bool(share > max(DECLINED_BY_SCORE, before))


async def approve(
    uow: UnitOfWork, change: PolicyChange, staff: StaffIdentity, comment: str, at: datetime | None
) -> None:
    """By another person than the author; in force at `at`, None for now. Raises Own, NotThisStep, Invalid."""
    if change.author_id == staff.id:
        raise Own
    _expect(change, {S.SUBMITTED})
    comment = _words(comment, "comment")
    moment = now()
    if at is not None and not moment - timedelta(minutes=5) <= at <= moment + FARTHEST:
        raise Invalid({"effective_at": N_("生效时间应在现在之后、90 天之内。")})
    await _require_base(uow, change)
    change.approver_id, change.effective_at = staff.id, max(at or moment, moment)
    _move(change, S.SCHEDULED)
    await _note(uow, change, K.APPROVED, staff, comment, effective_at=change.effective_at.isoformat())
    await uow.make_due(Step.ENACT_POLICY, None, subject_id=change.id, at=change.effective_at)


async def reject(uow: UnitOfWork, change: PolicyChange, staff: StaffIdentity, comment: str) -> None:
    """By whoever looks at it, its author included, until it is in force; raises NotThisStep, Invalid."""
    _expect(change, OPEN)
    comment = _words(comment, "why")
    _move(change, S.REJECTED)
    await _note(uow, change, K.REJECTED, staff, comment)


async def enact(uow: UnitOfWork, change_id: UUID) -> str | None:
    """Put a scheduled change in force when its hour has come; the version, None when there is nothing to do.

    One whose base is not in force any more goes back to its author: it was replayed and approved on another policy.
    """
    change = await get_change(uow, change_id, for_update=True)
    if change.state is not S.SCHEDULED or change.version is None:
        return None
    term = await _current_term(uow)
    if term.version != change.base_version:
        change.approver_id = change.effective_at = None
        _move(change, S.DRAFT)
        await _note(uow, change, K.OVERTAKEN, None, in_force=term.version)
        return None
    await _end(uow, term)
    if term.change_id is not None:
        replaced = await get_change(uow, term.change_id, for_update=True)
        _move(replaced, S.REPLACED)
        await _note(uow, replaced, K.REPLACED, None, by=str(change.id))
    _move(change, S.IN_FORCE)
    uow.session.add(PolicyTerm(version=change.version, change_id=change.id))
    await uow.session.flush()
    await _note(uow, change, K.IN_FORCE, None, version=change.version)
    return change.version


async def roll_back(uow: UnitOfWork, staff: StaffIdentity, seen: str, reason: str) -> PolicyChange:
    """Undo the change in force at once: the policy it was made on is back before this request ends.

    `seen` is the version that the person looked at. Raises Invalid, NothingBefore, NotThisStep.
    """
    reason = _words(reason, "reason")
    term = await _current_term(uow)
    if term.version != seen:
        raise NotThisStep
    if term.change_id is None:
        raise NothingBefore
    await _end(uow, term)
    undone = await get_change(uow, term.change_id, for_update=True)
    _move(undone, S.ROLLED_BACK)
    await _note(uow, undone, K.ROLLED_BACK, staff, reason, back_to=undone.base_version)
    before = await _last_term_of(uow, undone.base_version)
    maker = before.change_id if before is not None else None
    uow.session.add(PolicyTerm(version=undone.base_version, change_id=maker, rolled_back_by=staff.id, reason=reason))
    await uow.session.flush()
    if maker is not None:
        again = await get_change(uow, maker, for_update=True)
        _move(again, S.IN_FORCE)
        await _note(uow, again, K.REINSTATED, staff, reason)
    return undone


async def begin_first_term(uow: UnitOfWork, version: str) -> None:
    """The policy that came with the product is the first in force, where none is; two workers may try at once."""
    first = PolicyTerm(version=version).model_dump(exclude={"number"})
    await uow.session.exec(upsert(PolicyTerm).values(**first).on_conflict_do_nothing())


async def _end(uow: UnitOfWork, term: PolicyTerm) -> None:
    """In the same transaction another one has to begin: the database asks for it."""
    term.ended_at = now()
    uow.session.add(term)
    await uow.session.flush()


async def _current_term(uow: UnitOfWork) -> PolicyTerm:
    """Locked; whoever else would end it waits for this unit to end, and then finds its successor."""
    await uow.take_turn(_TURN)
    statement = (
        select(PolicyTerm)
        .where(col(PolicyTerm.ended_at).is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    term = (await uow.session.exec(statement)).one_or_none()
    if term is None:
        raise NothingBefore
    return term


async def _last_term_of(uow: UnitOfWork, version: str) -> PolicyTerm | None:
    statement = (
        select(PolicyTerm).where(col(PolicyTerm.version) == version).order_by(col(PolicyTerm.number).desc()).limit(1)
    )
    return (await uow.session.exec(statement)).one_or_none()


async def _require_base(uow: UnitOfWork, change: PolicyChange) -> None:
    if await find_version_in_force(uow) != change.base_version:
        raise Invalid({"submit": N_("起草之后生效的政策已经变了，请先在新政策上重新回放。")})


def _expect(change: PolicyChange, states: frozenset[ChangeState] | set[ChangeState], allowed: bool = True) -> None:
    if change.state not in states or not allowed:
        raise NotThisStep


def _move(change: PolicyChange, state: ChangeState) -> None:
    change.state, change.updated_at = state, now()


def _words(text: str, name: str) -> str:
    text = text.strip()
    if len(text) < MIN_WORDS:
        raise Invalid({name: N_("请写明内容，至少 4 个字。")})
    return text[:2_000]


async def _note(
    uow: UnitOfWork,
    change: PolicyChange,
    kind: PolicyEventKind,
    staff: StaffIdentity | None,
    comment: str = "",
    **data: Any,
) -> None:
    await uow.session.flush()
    actor = staff.id if staff is not None else None
    uow.session.add(PolicyEvent(change_id=change.id, kind=kind, actor_id=actor, comment=comment, data=data))
