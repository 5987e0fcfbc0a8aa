"""The monthly report: kept, found again, asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import ModelReport, Staff, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.errors import Conflict
from portal.domain.text import N_
from portal.domain.workflow import Step, StepState

_MOST_LISTED = 60
_AT_WORK = (StepState.DUE, StepState.RUNNING, StepState.PARKED)

AGES: tuple[tuple[int, str], ...] = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (200, "55+"))
"""Bands of age: below which, and their code."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report in a list; `by` empty where it was made by itself."""

    id: UUID
    first: date
    last: date
    made_at: datetime
    by: str


class AlreadyAsked(Conflict):
    """One at a time."""

    public = N_("报告正在编制，请稍后刷新页面查看。")


def age_band(age: int) -> str:
    """The code of a band."""
    return next(code for below, code in AGES if age < below)


def great_region(region: str) -> str:
    """Of a region code (GB/T 2260) the first digit, which is one of six great regions; 8 takes Taiwan and both SARs."""
    return region[0] if region[0] in "123456" else "8"


async def ask_for_report(uow: UnitOfWork, staff: StaffIdentity) -> None:
    """About this month so far. Raises AlreadyAsked while one is being made."""
    if await is_report_asked(uow):
        raise AlreadyAsked
    await uow.make_due(Step.REPORT_MODELS, None, subject_id=staff.id)


async def is_report_asked(uow: UnitOfWork) -> bool:
    """Whether somebody asked for one that is not there yet."""
    statement = select(StepRun.id).where(
        col(StepRun.step) == Step.REPORT_MODELS,
        col(StepRun.subject_id).is_not(None),
        col(StepRun.state).in_(_AT_WORK),
    )
    return (await uow.session.exec(statement.limit(1))).one_or_none() is not None


async def keep_report(
    uow: UnitOfWork, first: date, last: date, content: Mapping[str, Any], asked_by: UUID | None
) -> None:
    """As it was made."""
    uow.session.add(ModelReport(first=first, last=last, content=dict(content), asked_by=asked_by))
    await uow.session.flush()


async def find_report(uow: UnitOfWork, report_id: UUID | None = None) -> ModelReport | None:
    """One of them, or the newest."""
    statement = select(ModelReport).order_by(col(ModelReport.made_at).desc()).limit(1)
    if report_id is not None:
        statement = statement.where(col(ModelReport.id) == report_id)
    return (await uow.session.exec(statement)).one_or_none()


async def list_reports(uow: UnitOfWork) -> Sequence[ReportLine]:
    """The newest first."""
    statement = (
        select(ModelReport, Staff.name)
        .join(Staff, col(Staff.id) == col(ModelReport.asked_by), isouter=True)
        .options(defer(ModelReport.content))  # type: ignore[arg-type]
        .order_by(col(ModelReport.made_at).desc())
        .limit(_MOST_LISTED)
    )
    return [
        ReportLine(row.id, row.first, row.last, row.made_at, name or "")
        for row, name in await uow.session.exec(statement)
    ]
