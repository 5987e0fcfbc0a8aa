"""Contexts of the queue and of what all helpdesk pages share. Sentences are message ids; templates translate them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.accounts.sessions import StaffIdentity
from portal.db.models import Role, Staff
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.text import N_
from portal.domain.workflow import StepState
from portal.helpdesk.forms import Search
from portal.helpdesk.queries import CLOCKS, COUNT_CAP, PAGE_SIZE, PAGES, CaseRow, Filter, Stuck
from portal.helpdesk.roles import ADMINS, APPROVERS, MODEL_READERS, RULE_READERS
from portal.helpdesk.wording import ALL, NEEDS, ROLES, SEGMENTS, STATES, STEP_STATES
from portal.progress.wording import STEPS, failed_sentence, parked_sentence

Errors = Mapping[str, str]

SEARCHED_BY: Mapping[str, str] = {
    "reference": N_("申请编号"),
    "name": N_("姓名"),
    "mobile": N_("手机号"),
    "id_number": N_("身份证号"),
    "same_person": N_("同一申请人"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """The top of every helpdesk page. `here` is the current entry: cases, policy, changes, models or staff."""

    name: str
    role: str
    admin: bool
    policy: bool
    models: bool
    here: str = "cases"
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as word, tone and icon."""

    word: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Waited:
    """How long somebody has been waiting for us; minutes are left out once there are days."""

    days: int
    hours: int
    minutes: int
    tone: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line. `waited` None: nobody waits for us. `stuck` is the step and why it does not go on."""

    reference: str
    name: str
    amount_fen: int | None
    term_months: int | None
    badge: Badge
    waited: Waited | None
    stuck: "StuckWords | None"
    updated_at: datetime
    current: bool = False


@dataclass(frozen=True, slots=True)
class StuckWords:
    """`step` and `reason` are message ids."""

    step: str
    reason: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class Segment:
    """A filter with its count, such as 12 or 1000+; `href` without a page number."""

    label: str
    count: str
    href: str
    current: bool
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ListPage:
    """The queue, or what a search found. `found_by` and `shown` are set for a search only; `shown` is masked. `halted`:
    nothing is approved automatically, which the viewer can end."""

    bar: Bar
    segments: tuple[Segment, ...]
    needs: tuple[Segment, ...]
    rows: tuple[QueueRow, ...]
    number: int
    pages: int
    total: str
    href: str
    found_by: str = ""
    shown: str = ""
    errors: Errors = field(default_factory=dict)
    halted: bool = False
    title: str = N_("案件队列")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One member of staff."""

    login: str
    name: str
    role: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StaffPage:
    """Who works here, for administrators."""

    bar: Bar
    rows: tuple[StaffRow, ...]
    title: str = N_("员工与角色")


def bar_of(staff: StaffIdentity, here: str = "cases") -> Bar:
    """The signed-in member of staff."""
    role = Role(staff.role)
    reads = role in ADMINS, role in RULE_READERS, role in MODEL_READERS
    return Bar(staff.name, ROLES[role], *reads, here, role in APPROVERS)


def badge_of(state: ApplicationState) -> Badge:
    """A state of an application."""
    return Badge(*STATES[state])


def waited_since(state: ApplicationState, since: datetime) -> Waited | None:
    """The clock of a state in which the applicant waits for us; quiet at first, then attention, then danger."""
    if state not in CLOCKS:
        return None
    soon, late = CLOCKS[state]
    elapsed = now() - since
    minutes = max(0, int(elapsed.total_seconds() // 60))
    tone = "danger" if elapsed > late else "attention" if elapsed > soon else "quiet"
    return Waited(minutes // 1440, minutes // 60 % 24, minutes % 60, tone)


def stuck_words(stuck: Stuck) -> StuckWords:
    """The step and the reason in the words that the applicant reads, too."""
    explain = failed_sentence if stuck.state is StepState.FAILED else parked_sentence
    return StuckWords(STEPS[stuck.step].title, explain(stuck.reason), Badge(*STEP_STATES[stuck.state]))


def queue_rows(rows: Sequence[CaseRow], current: str = "") -> tuple[QueueRow, ...]:
    """`current` is the reference of the case that is open."""
    return tuple(
        QueueRow(
            reference=row.reference,
            name=row.name or "—",
            amount_fen=row.amount_fen,
            term_months=row.term_months,
            badge=badge_of(row.state),
            waited=waited_since(row.state, row.updated_at),
            stuck=None if row.stuck is None else stuck_words(row.stuck),
            updated_at=row.updated_at,
            current=row.reference == current,
        )
        for row in rows
    )


def parse_filter(staff: StaffIdentity, segment: str | None, need: str | None, page: str | None) -> Filter:
    """What the address asks for; anything unknown is the default. An officer begins with what waits for officers."""
    chosen_need = need if need is not None and need in NEEDS else ""
    first = ApplicationState.REFERRED.value if staff.role == Role.OFFICER and not chosen_need else ALL
    number = int(page) if page is not None and page.isascii() and page.isdigit() and len(page) < 5 else 1
    chosen = segment if segment is not None and segment in SEGMENTS else first
    return Filter(chosen, chosen_need, min(max(1, number), PAGES))


def list_page(bar: Bar, which: Filter, counts: Mapping[str, int], rows: Sequence[CaseRow]) -> ListPage:
    """One page of a segment or a need."""
    total = counts[which.need or which.segment]
    return ListPage(
        bar=bar,
        segments=tuple(
            Segment(label, _shown(counts[key]), f"/helpdesk?queue={key}", key == which.segment and not which.need)
            for key, label in SEGMENTS.items()
        ),
        needs=tuple(
            Segment(label, _shown(counts[key]), f"/helpdesk?need={key}", key == which.need, urgent=counts[key] > 0)
            for key, label in NEEDS.items()
        ),
        rows=queue_rows(rows),
        number=which.page,
        pages=max(1, -(-total // PAGE_SIZE)),
        total=_shown(total),
        href=f"/helpdesk?{f'need={which.need}' if which.need else f'queue={which.segment}'}&page=",
    )


def found_page(
    bar: Bar, counts: Mapping[str, int], rows: Sequence[CaseRow], *, search: Search | None, error: str = ""
) -> ListPage:
    """What a search found, or why it could not be made; without a search, one person's applications."""
    kind, shown = (search.kind, search.shown) if search is not None else ("same_person", "")
    page = list_page(bar, Filter(ALL), counts, rows)
    return ListPage(
        bar=bar,
        segments=tuple(Segment(one.label, one.count, one.href, current=False) for one in page.segments),
        needs=page.needs,
        rows=page.rows,
        number=1,
        pages=1,
        total=_shown(len(rows)),
        href="",
        found_by="" if error else SEARCHED_BY[kind],
        shown=shown,
        errors={"q": error} if error else {},
        title=N_("搜索案件"),
    )


def staff_page(bar: Bar, rows: Sequence[Staff]) -> StaffPage:
    """Read only: accounts are made from the command line."""
    return StaffPage(
        bar, tuple(StaffRow(row.login, row.name, ROLES[row.role], row.active, row.created_at) for row in rows)
    )


def _shown(count: int) -> str:
    return f"{COUNT_CAP}+" if count >= COUNT_CAP else str(count)
