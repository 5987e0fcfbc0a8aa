"""The progress page's context, built from rows: what is done, under way and next. Sentences are message ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from portal.domain.application import UNDECIDED, ApplicationState
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.domain.text import N_
from portal.domain.workflow import PIPELINE, Step, StepState
from portal.progress import wording
from portal.progress.queries import Progress, RunView, Turn
from portal.progress.wording import STANDINGS, STEPS, Standing

StepLook = Literal["done", "live", "ahead", "parked", "failed", "stopped"]

_ASSESSMENT = PIPELINE[: PIPELINE.index(Step.DRAW_CONTRACT)]
_UNDER_WAY = frozenset({ApplicationState.SUBMITTED, ApplicationState.APPROVED, ApplicationState.SIGNED})
_GRANTED = frozenset({ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.DISBURSED})
_OVER = frozenset({ApplicationState.DECLINED, ApplicationState.DISBURSED, ApplicationState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of the timeline. `took`, `usual` and `elapsed` are seconds; `at` is shown where nothing took time;
    `after` says what happens next to a step that waits."""

    title: str
    look: StepLook
    note: str = ""
    after: str = ""
    took: float | None = None
    usual: float | None = None
    elapsed: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What the applicant can do now; `page` is a path under the application's."""

    label: str
    page: str
    kind: Literal["primary", "secondary"] = "primary"


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """`last_event` is the id of what is shown; `over`: nothing more will come by itself; `may_leave`: what comes next
    is ours to do, and a message will tell of it; `may_withdraw`: nothing is decided yet."""

    reference: str
    standing: Standing
    steps: tuple[StepLine, ...]
    acts: tuple[Act, ...]
    sign_until: datetime | None
    last_event: int
    over: bool
    may_leave: bool
    may_withdraw: bool
    title: str = N_("办理进度")

    @property
    def base(self) -> str:
        """The application's own path."""
        return f"/applications/{self.reference}"


@dataclass(frozen=True, slots=True)
class TrackPage:
    """What was typed, with what is wrong with it."""

    reference: str = ""
    mobile: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = N_("查看申请进度")


@dataclass(frozen=True, slots=True)
class TrackVerifyPage:
    """`mobile` is masked."""

    mobile: str
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = N_("填写验证码")


def progress_page(progress: Progress) -> ProgressPage:
    """Everything the page and its fragments show."""
    at = now()
    offer = progress.offer
    ready = progress.state is ApplicationState.APPROVED and offer is not None and offer.contract_drawn
    return ProgressPage(
        reference=progress.reference,
        standing=_standing(progress, at),
        steps=tuple(_Timeline(progress, at).lines()),
        acts=_acts(progress, at),
        sign_until=offer.expires_at if ready and offer is not None and offer.expires_at > at else None,
        last_event=progress.last_event,
        over=progress.state in _OVER,
        may_leave=progress.state not in _OVER and not ready,
        may_withdraw=progress.state in UNDECIDED,
    )


def _current(progress: Progress) -> RunView | None:
    """The step that is neither done nor cancelled; at most one is, since each makes the next one due."""
    unfinished = (StepState.DUE, StepState.RUNNING, StepState.PARKED, StepState.FAILED)
    return next((progress.runs[step] for step in PIPELINE if _state(progress, step) in unfinished), None)


def _state(progress: Progress, step: Step) -> StepState | None:
    run = progress.runs.get(step)
    return run.state if run is not None else None


def _standing(progress: Progress, at: datetime) -> Standing:
    """One sentence: the state's own, made more exact by the step under way."""
    usual = STANDINGS[progress.state]
    if progress.state is ApplicationState.APPROVED and progress.offer is not None:
        if progress.offer.expires_at <= at:
            return wording.OFFER_OVER
        if progress.offer.contract_drawn:
            return wording.CONTRACT_READY
    run = _current(progress)
    if run is None or progress.state not in _UNDER_WAY:
        return usual
    if run.state is StepState.FAILED:
        return Standing(wording.STOPPED, wording.LOOKING, usual.following)
    if run.reason is not None:
        return Standing(wording.WAITING, wording.parked_sentence(run.reason), usual.following)
    return Standing(STEPS[run.step].standing, usual.detail, usual.following)


def _acts(progress: Progress, at: datetime) -> tuple[Act, ...]:
    offer = progress.offer
    match progress.state:
        case ApplicationState.APPROVED if offer is not None and offer.expires_at > at:
            if offer.cost_confirmed and offer.contract_drawn:
                return (Act(N_("查看并签署合同"), "sign"), Act(N_("再看一遍费用"), "offer", "secondary"))
            return (Act(N_("查看额度和费用"), "decision"),)
        case ApplicationState.DECLINED:
            return (Act(N_("查看原因和可以做的事"), "decision"),)
        case ApplicationState.REFERRED:
            return (Act(N_("为什么需要人工审核"), "decision", "secondary"),)
        case ApplicationState.DISBURSED:
            contract = (Act(N_("下载合同"), "contract.pdf", "secondary"),)
            return (Act(N_("查看还款计划"), "schedule"), *(contract if offer and offer.contract_sealed else ()))
        case ApplicationState.SIGNED if offer is not None and offer.contract_sealed:
            return (Act(N_("下载合同"), "contract.pdf", "secondary"),)
        case _:
            return ()


class _Timeline:
    """The lines in the order things happen in: submission, assessment, people, contract, money."""

    def __init__(self, progress: Progress, at: datetime) -> None:
        self._progress = progress
        self._at = at
        self._last: dict[EventKind, Turn] = {turn.kind: turn for turn in progress.turns}
        self._results = {turn.step: turn.result for turn in progress.turns if turn.kind is EventKind.STEP_FINISHED}

    def lines(self) -> list[StepLine]:
        state = self._progress.state
        submitted = self._last.get(EventKind.APPLICATION_SUBMITTED)
        lines = []
        if submitted is not None:
            lines.append(StepLine(wording.SUBMITTED_TITLE, "done", wording.SUBMITTED_NOTE, at=submitted.at))
        lines += [line for step in _ASSESSMENT if (line := self._line(step)) is not None]
        review = self._review()
        if review is not None:
            lines.append(review)
        if state in _GRANTED:
            lines += self._contract_lines()
        withdrawn = self._last.get(EventKind.APPLICATION_WITHDRAWN)
        if withdrawn is not None:
            lines.append(StepLine(wording.WITHDRAWN_TITLE, "stopped", wording.WITHDRAWN_NOTE, at=withdrawn.at))
        return lines

    def _contract_lines(self) -> list[StepLine]:
        drawn, sealed, paid = (self._line(step) for step in (Step.DRAW_CONTRACT, Step.SEAL_CONTRACT, Step.DISBURSE))
        return [line for line in (drawn, self._signature(), sealed, paid) if line is not None]

    def _line(self, step: Step) -> StepLine | None:
        """A step's row as a line. Ahead lines are shown only while the application can still get there."""
        words = STEPS[step]
        run = self._progress.runs.get(step)
        if run is None:
            return StepLine(words.title, "ahead") if self._progress.state in _UNDER_WAY else None
        match run.state:
            case StepState.DONE:
                note = wording.done_sentence(step, self._results.get(step))
                return StepLine(words.title, "done", note, took=_seconds(run.started_at, run.finished_at))
            case StepState.FAILED:
                return StepLine(words.title, "failed", wording.failed_sentence(run.reason), wording.LOOKING)
            case StepState.CANCELLED:
                return None
            case StepState.DUE | StepState.RUNNING | StepState.PARKED:
                return self._unfinished(run)

    def _unfinished(self, run: RunView) -> StepLine:
        """Between two tries a step is parked, running and parked again without an event: it reads as one wait."""
        words = STEPS[run.step]
        if run.reason is not None:
            return StepLine(words.title, "parked", wording.parked_sentence(run.reason), wording.RETRYING)
        usual = self._progress.usual_seconds
        if run.started_at is None or run.state is StepState.DUE:
            return StepLine(words.title, "live", wording.QUEUED, usual=usual)
        elapsed = max(0, int((self._at - run.started_at).total_seconds()))
        return StepLine(words.title, "live", words.running, usual=usual, elapsed=elapsed)

    def _review(self) -> StepLine | None:
        """A person's judgement has no row: it begins with a referral or a request and ends with a decision."""
        beginnings = (EventKind.APPLICATION_REFERRED, EventKind.REVIEW_REQUESTED)
        begun = max((self._last[kind] for kind in beginnings if kind in self._last), key=_at, default=None)
        if begun is None:
            return None
        if self._progress.state is ApplicationState.REFERRED:
            asked = begun.kind is EventKind.REVIEW_REQUESTED
            note = wording.REVIEW_ASKED if asked else wording.REVIEW_RUNNING
            elapsed = max(0, int((self._at - begun.at).total_seconds()))
            return StepLine(wording.REVIEW_TITLE, "live", note, elapsed=elapsed)
        endings = (EventKind.APPLICATION_APPROVED, EventKind.APPLICATION_DECLINED)
        ends = (self._last[kind].at for kind in endings if kind in self._last and self._last[kind].at >= begun.at)
        decided = max(ends, default=None)
        if decided is None:
            return StepLine(wording.REVIEW_TITLE, "stopped")
        return StepLine(wording.REVIEW_TITLE, "done", wording.REVIEW_DONE, took=_seconds(begun.at, decided))

    def _signature(self) -> StepLine:
        signed = self._last.get(EventKind.CONTRACT_SIGNED)
        if signed is not None and self._progress.state is not ApplicationState.APPROVED:
            return StepLine(wording.SIGN_TITLE, "done", wording.SIGN_DONE, at=signed.at)
        offer = self._progress.offer
        if offer is None or not offer.contract_drawn:
            return StepLine(wording.SIGN_TITLE, "ahead")
        if offer.expires_at <= self._at:
            return StepLine(wording.SIGN_TITLE, "stopped", wording.OFFER_OVER.sentence)
        return StepLine(wording.SIGN_TITLE, "live", wording.SIGN_WAITING)


def _at(turn: Turn) -> datetime:
    return turn.at


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()
