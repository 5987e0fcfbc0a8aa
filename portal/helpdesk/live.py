"""The live parts of a case as frames of its event stream: head, steps, news and the newest history.

Never a form that somebody may be typing in: when the case has moved on, the page says so and offers to reload.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import escape

from portal.accounts.sessions import StaffIdentity, find_session
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.domain.errors import SignInRequired
from portal.helpdesk.case_pages import News, Timeline, case_head, steps_panel, timeline_page
from portal.helpdesk.case_view import cipher_of
from portal.helpdesk.personal import masked, read_personal
from portal.helpdesk.queries import get_case, list_history, list_runs
from portal.helpdesk.roles import rights_of
from portal.helpdesk.timeline import Words
from portal.helpdesk.wording import ALL, TIMELINE
from portal.progress.stream import Frame, partial
from portal.settings import Settings
from portal.web.language import gettext, speaking
from portal.web.templating import render_fragment


@dataclass(frozen=True, slots=True)
class Watcher:
    """An open page: whose session, how it is shown, and the version and the last folded event it was made with."""

    application_id: UUID
    reference: str
    session_id: str
    csrf: str
    language: str
    type_size: str
    show: str
    after: int
    version: int


def parse_show(show: str | None) -> str:
    """Whose lines of the history to show; everybody's by default."""
    return show if show is not None and show in TIMELINE else ALL


async def read_frame(units: UnitsOfWork, settings: Settings, watcher: Watcher, seen: int | None) -> Frame:
    """One look in a transaction of its own; raises SignInRequired once the session has ended."""
    async with units.begin() as uow:
        owner = await find_session(uow, watcher.session_id)
        if owner is None or owner.staff is None:
            raise SignInRequired("/helpdesk/sign-in")
        return await compose_frame(uow, settings, watcher, owner.staff, seen)


async def compose_frame(
    uow: UnitOfWork, settings: Settings, watcher: Watcher, staff: StaffIdentity, seen: int | None
) -> Frame:
    """The frame as of now. The history is read first, so the frame never promises more than it shows."""

    def fragment(name: str, page: Any) -> str:
        return render_fragment(
            f"helpdesk/_{name}.html",
            page,
            settings=settings,
            language=watcher.language,
            type_size=watcher.type_size,
            csrf=watcher.csrf,
        )

    history = await list_history(uow, watcher.application_id)
    case, rights = await get_case(uow, watcher.reference), rights_of(staff)
    cipher = await cipher_of(uow, case)
    runs = await list_runs(uow, watcher.application_id)
    timeline = timeline_page(case, history, cipher, watcher.show, note=rights.note, after=watcher.after)
    html = (
        partial("case-head", fragment("head", case_head(case, masked("name", await read_personal(uow, case)), runs)))
        + partial("steps", fragment("steps", steps_panel(case, runs, restart=rights.restart)), "outerMorph")
        + partial("news", fragment("news", News(watcher.reference, case.application.version != watcher.version)))
        + partial("events", fragment("events", timeline), "outerMorph")
        + _spoken(timeline, watcher, seen)
    )
    return Frame(history[-1].event.seq if history else 0, html)


def _spoken(timeline: Timeline, watcher: Watcher, seen: int | None) -> str:
    """What others did since, for screen readers; nothing on the first look."""
    if seen is None:
        return ""

    def said(words: Words) -> str:
        return gettext(words.text) if words.translate else words.text

    with speaking(watcher.language):
        lines = [f"{said(row.who)} {gettext(row.text)}" for row in timeline.rows if row.number > seen]
    return partial("live-announce", str(escape(" · ".join(reversed(lines)))), "innerHTML") if lines else ""
