"""The live parts as HTML: of the progress page once there is something to follow, of the chat while it is a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.accounts.sessions import find_session
from portal.applications.queries import get_owned_application
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.documents.pages import card_page
from portal.documents.queries import list_documents
from portal.domain.application import ApplicationState
from portal.domain.errors import SignInRequired
from portal.domain.events import EventKind
from portal.progress.pages import ProgressPage, progress_page
from portal.progress.queries import Turn, get_last_event, list_turns, load_progress
from portal.progress.stream import Frame, partial
from portal.progress.wording import announcement
from portal.settings import Settings
from portal.web.language import gettext, speaking
from portal.web.templating import render_fragment

_ABOUT_DOCUMENTS = frozenset(
    {EventKind.DOCUMENT_UPLOADED, EventKind.DOCUMENT_READ, EventKind.DOCUMENT_REFUSED, EventKind.DOCUMENT_CORRECTED}
)
ANNOUNCE_ID = "live-announce"


@dataclass(frozen=True, slots=True)
class Follower:
    """Whose page it is, in which session, and how it is shown."""

    application_id: UUID
    reference: str
    applicant_id: UUID
    session_id: str
    language: str
    type_size: str


async def read_frame(units: UnitsOfWork, settings: Settings, follower: Follower, seen: int | None) -> Frame:
    """One look, in one short transaction of its own; raises NotFound when it isn't theirs (any more), SignInRequired
    once the session has ended."""
    async with units.begin() as uow:
        owner = await find_session(uow, follower.session_id)
        if owner is None or owner.applicant_id != follower.applicant_id:
            raise SignInRequired("/start")
        return await compose_frame(uow, settings, follower, seen)


async def compose_frame(uow: UnitOfWork, settings: Settings, follower: Follower, seen: int | None) -> Frame:
    """The frame as of now; the last event's number is read first, so it never promises more than is shown."""
    last_event = await get_last_event(uow, follower.application_id)
    application = await get_owned_application(uow, follower.reference, follower.applicant_id)
    turns = [] if seen is None else await list_turns(uow, follower.application_id, after=seen)
    spoken = _spoken(follower, turns)
    if application.state is ApplicationState.DRAFT:
        told = seen is None or any(turn.kind in _ABOUT_DOCUMENTS for turn in turns)
        cards = await _card_partials(uow, settings, follower) if told else ""
        return Frame(last_event, cards + spoken, signals=("document", "turn") if cards else ("turn",))
    page = progress_page(await load_progress(uow, application))
    return Frame(last_event, _progress_partials(settings, follower, page) + spoken, over=page.over)


def _progress_partials(settings: Settings, follower: Follower, page: ProgressPage) -> str:
    def fragment(name: str) -> str:
        return _render(f"progress/_{name}.html", page, settings, follower)

    # Morphing keeps the pulse of the live step running and the focus where it is.
    return "".join(partial(name, fragment(name), "outerMorph") for name in ("standing", "timeline", "next"))


async def _card_partials(uow: UnitOfWork, settings: Settings, follower: Follower) -> str:
    """The cards of the chat, never the chat itself: what is being typed would be lost."""
    documents = await list_documents(uow, follower.application_id)
    return "".join(
        partial(
            f"document-{slot}",
            _render("documents/_card.html", card_page(follower.reference, slot, document), settings, follower),
            "outerMorph",
        )
        for slot, document in documents.items()
    )


def _render(name: str, page: object, settings: Settings, follower: Follower) -> str:
    return render_fragment(name, page, settings=settings, language=follower.language, type_size=follower.type_size)


def _spoken(follower: Follower, turns: Sequence[Turn]) -> str:
    """What happened since the last look, for screen readers."""
    with speaking(follower.language):
        sentences = [
            gettext(said) for turn in turns if (said := announcement(turn.kind, turn.step, turn.reason, turn.result))
        ]
    return partial(ANNOUNCE_ID, " ".join(sentences), "innerHTML") if sentences else ""
