"""Changing what decides: a model comes in as a challenger, and only two people together make it champion."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import (
    EngineKind,
    ModelChange,
    ModelChangeKind,
    ModelOrigin,
    ModelPromotion,
    ModelState,
    PromotionState,
    RegisteredModel,
)
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.text import N_
from portal.registry.queries import find_champion, find_model, find_proposal
from portal.underwriting.engine import keep_version

MIN_REASON = 10
MOST_REASON = 500
LOOK_FIRST = N_("请先看过两个模型的对比，再勾选确认。")
_TURN = sha256(b"model registry").digest()


class AlreadySettled(Conflict):
    """Somebody else was first."""

    public = N_("这项提议已经处理过了，请刷新页面查看最新情况。")


class SamePerson(Conflict):
    """Promotion takes two."""

    public = N_("提议和确认要由两个人完成，请另一位同事确认。")


async def register(
    uow: UnitOfWork,
    version: str,
    content: bytes,
    figures: Mapping[str, Any],
    origin: ModelOrigin,
    reason: str | None = None,
) -> ModelState | None:
    """Keep a model as a challenger; the very first becomes champion, because something has to decide. None when it is
    registered already. The caller has read the files and found that the model can score a case."""
    await uow.take_turn(_TURN)
    if await find_model(uow, version) is not None:
        return None
    first = (await uow.session.exec(select(RegisteredModel.version).limit(1))).one_or_none() is None
    state = ModelState.CHAMPION if first else ModelState.CHALLENGER
    await keep_version(uow, EngineKind.MODEL, version, content)
    uow.session.add(RegisteredModel(version=version, state=state, origin=origin, figures=dict(figures)))
    await uow.session.flush()
    _note(uow, version, ModelChangeKind.REGISTERED, None, reason)
    if first:
        _note(uow, version, ModelChangeKind.PROMOTED, None, None)
    return state


async def propose(uow: UnitOfWork, version: str, staff: StaffIdentity, reason: str) -> None:
    """Ask a second person to make this model champion. Raises NotFound, Invalid, Conflict; roles are the caller's."""
    reason = parse_reason(reason)
    await uow.take_turn(_TURN)
    model = await _get(uow, version)
    if model.state is ModelState.CHAMPION:
        raise Conflict(N_("这个模型已经在使用。"))
    if await find_proposal(uow) is not None:
        raise Conflict(N_("已有一项提议在等待确认，请先处理它。"))
    uow.session.add(ModelPromotion(version=version, reason=reason, proposed_by=staff.id))
    _note(uow, version, ModelChangeKind.PROPOSED, staff, reason)
    await uow.session.flush()


async def confirm(uow: UnitOfWork, promotion_id: UUID, staff: StaffIdentity) -> None:
    """Make the proposed model champion and retire the one before it, from the next decision on.

    Raises AlreadySettled, or SamePerson when the proposer tries alone.
    """
    promotion = await _open_promotion(uow, promotion_id)
    if promotion.proposed_by == staff.id:
        raise SamePerson
    before, after = await find_champion(uow), await _get(uow, promotion.version)
    promotion.state, promotion.settled_by, promotion.settled_at = PromotionState.CONFIRMED, staff.id, now()
    # One after the other: at no time may there be two.
    await uow.session.flush()
    if before is not None:
        _move(before, ModelState.RETIRED)
        _note(uow, before.version, ModelChangeKind.RETIRED, staff, None)
        await uow.session.flush()
    _move(after, ModelState.CHAMPION)
    await uow.session.flush()
    _note(uow, after.version, ModelChangeKind.PROMOTED, staff, promotion.reason)


async def drop(uow: UnitOfWork, promotion_id: UUID, staff: StaffIdentity, reason: str) -> None:
    """Let a proposal go; whoever made it may do that, too. Raises Invalid, AlreadySettled."""
    reason = parse_reason(reason)
    promotion = await _open_promotion(uow, promotion_id)
    promotion.state, promotion.settled_by, promotion.settled_at = PromotionState.DROPPED, staff.id, now()
    await uow.session.flush()
    _note(uow, promotion.version, ModelChangeKind.DROPPED, staff, reason)


async def retire(uow: UnitOfWork, version: str, staff: StaffIdentity, reason: str) -> None:
    """A challenger scores no more; it decides nothing, so one person is enough. Raises NotFound, Invalid, Conflict."""
    reason = parse_reason(reason)
    await uow.take_turn(_TURN)
    model = await _get(uow, version)
    proposal = await find_proposal(uow)
    if model.state is not ModelState.CHALLENGER:
        raise Conflict(N_("只有挑战者可以停用。"))
    if proposal is not None and proposal.version == version:
        raise Conflict(N_("这个模型正在等待确认，请先处理提议。"))
    _move(model, ModelState.RETIRED)
    _note(uow, version, ModelChangeKind.RETIRED, staff, reason)
    await uow.session.flush()


def parse_reason(text: str, field: str = "reason") -> str:
    """Why something was done, in words. Raises Invalid."""
    reason = text.strip()
    if len(reason) < MIN_REASON:
        raise Invalid({field: N_("请写明理由，至少 10 个字。")})
    if len(reason) > MOST_REASON:
        raise Invalid({field: N_("理由最多 500 个字。")})
    return reason


async def _get(uow: UnitOfWork, version: str) -> RegisteredModel:
    model = await find_model(uow, version)
    if model is None:
        raise NotFound
    return model


async def _open_promotion(uow: UnitOfWork, promotion_id: UUID) -> ModelPromotion:
    await uow.take_turn(_TURN)
    statement = select(ModelPromotion).where(
        col(ModelPromotion.id) == promotion_id, col(ModelPromotion.state) == PromotionState.PROPOSED
    )
    promotion = (await uow.session.exec(statement)).one_or_none()
    if promotion is None:
        raise AlreadySettled
    return promotion


def _move(model: RegisteredModel, state: ModelState) -> None:
    model.state, model.since = state, now()


def _note(
    uow: UnitOfWork, version: str, kind: ModelChangeKind, staff: StaffIdentity | None, reason: str | None
) -> None:
    uow.session.add(ModelChange(version=version, kind=kind, staff_id=staff.id if staff else None, reason=reason))
