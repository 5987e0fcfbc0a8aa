"""The pipeline: which step follows which, on which queue it runs, how long and how often it may try.

Steps on one queue that are ready one after the other run on in the same job; a change of queue is a new wake-up.
`read_document` and `send_notice` are due by themselves, one row for each document or notice (`subject`); what
becomes of a draft that nobody goes on with is due from its first minute. What comes round by the calendar
(portal.domain.chores) is about no application at all; nor are `replay_policy` and `enact_policy`, which are about a
change of the credit policy.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Step(StrEnum):
    """Everything that workers do; the value is also the job's and its file's name."""

    READ_DOCUMENT = "read_document"
    VERIFY_DOCUMENTS = "verify_documents"
    CONSULT_BUREAU = "consult_bureau"
    SCREEN_FRAUD = "screen_fraud"
    SCORE = "score"
    DECIDE = "decide"
    DRAW_CONTRACT = "draw_contract"
    SEAL_CONTRACT = "seal_contract"
    DISBURSE = "disburse"
    DRAW_ANSWERS = "draw_answers"
    SEND_NOTICE = "send_notice"
    REMIND_DRAFT = "remind_draft"
    ERASE_DRAFT = "erase_draft"
    WATCH_DRIFT = "watch_drift"
    OBSERVE_LOANS = "observe_loans"
    REPORT_MODELS = "report_models"
    RETRAIN_MODEL = "retrain_model"
    REPLAY_POLICY = "replay_policy"
    ENACT_POLICY = "enact_policy"


class StepState(StrEnum):
    """A step run's life. `parked` waits for something outside and resumes by itself; `failed` waits for a person."""

    DUE = "due"
    RUNNING = "running"
    PARKED = "parked"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Queue(StrEnum):
    """Reading never waits behind a bureau outage, and notices never wait behind either."""

    OCR = "ocr"
    OUTSIDE = "outside"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class StepPlan:
    """How one step is run. `lease` is how long a worker may be silent before another takes over."""

    queue: Queue
    max_attempts: int = 5
    lease: timedelta = timedelta(seconds=10)
    timeout: timedelta = timedelta(seconds=60)
    # An outage outside is waited out far longer than a fault of ours.
    max_parks: int = 1000


PLANS: dict[Step, StepPlan] = {
    # Its turn at the reader may come after another long document.
    Step.READ_DOCUMENT: StepPlan(Queue.OCR, timeout=timedelta(seconds=240)),
    Step.VERIFY_DOCUMENTS: StepPlan(Queue.OUTSIDE),
    Step.CONSULT_BUREAU: StepPlan(Queue.OUTSIDE),
    Step.SCREEN_FRAUD: StepPlan(Queue.OUTSIDE),
    Step.SCORE: StepPlan(Queue.OUTSIDE),
    Step.DECIDE: StepPlan(Queue.OUTSIDE),
    Step.DRAW_CONTRACT: StepPlan(Queue.OUTSIDE),
    Step.SEAL_CONTRACT: StepPlan(Queue.OUTSIDE),
    Step.DISBURSE: StepPlan(Queue.OUTSIDE),
    Step.DRAW_ANSWERS: StepPlan(Queue.LIGHT),
    Step.SEND_NOTICE: StepPlan(Queue.LIGHT),
    Step.REMIND_DRAFT: StepPlan(Queue.LIGHT),
    Step.ERASE_DRAFT: StepPlan(Queue.LIGHT),
    Step.WATCH_DRIFT: StepPlan(Queue.LIGHT, lease=timedelta(seconds=30), timeout=timedelta(seconds=240)),
    Step.OBSERVE_LOANS: StepPlan(Queue.LIGHT, lease=timedelta(seconds=30), timeout=timedelta(seconds=240)),
    Step.REPORT_MODELS: StepPlan(Queue.LIGHT, lease=timedelta(seconds=30), timeout=timedelta(seconds=240)),
    # Half an hour of another process; tried again it would take as long.
    Step.RETRAIN_MODEL: StepPlan(Queue.LIGHT, 2, lease=timedelta(seconds=30), timeout=timedelta(minutes=30)),
    # Thousands of decisions are made again, in pieces, beside everything else.
    Step.REPLAY_POLICY: StepPlan(Queue.LIGHT, max_attempts=3, timeout=timedelta(seconds=280)),
    Step.ENACT_POLICY: StepPlan(Queue.LIGHT),
}

# What is due as soon as a step is done. `decide`, `draw_contract` and `disburse` end a run: a decision, the
# borrower's signature or nothing at all comes next.
NEXT: dict[Step, Step | None] = {
    Step.READ_DOCUMENT: None,
    Step.VERIFY_DOCUMENTS: Step.CONSULT_BUREAU,
    Step.CONSULT_BUREAU: Step.SCREEN_FRAUD,
    Step.SCREEN_FRAUD: Step.SCORE,
    Step.SCORE: Step.DECIDE,
    Step.DECIDE: None,
    Step.DRAW_CONTRACT: None,
    Step.SEAL_CONTRACT: Step.DISBURSE,
    Step.DISBURSE: None,
    Step.DRAW_ANSWERS: None,
    Step.SEND_NOTICE: None,
    Step.REMIND_DRAFT: None,
    Step.ERASE_DRAFT: None,
    Step.WATCH_DRIFT: None,
    Step.OBSERVE_LOANS: None,
    Step.REPORT_MODELS: None,
    Step.RETRAIN_MODEL: None,
    Step.REPLAY_POLICY: None,
    Step.ENACT_POLICY: None,
}

# How long a draft may lie untouched before each of these happens to it.
UNTOUCHED: dict[Step, timedelta] = {
    Step.REMIND_DRAFT: timedelta(hours=24),
    Step.ERASE_DRAFT: timedelta(days=30),
}

# They go on whatever becomes of the application, and write no step events: what they come to has an event of its own,
# or is nothing but a paper, or is about all applications.
ASIDE = frozenset(
    {
        Step.DRAW_ANSWERS,
        Step.SEND_NOTICE,
        Step.REMIND_DRAFT,
        Step.ERASE_DRAFT,
        Step.WATCH_DRIFT,
        Step.OBSERVE_LOANS,
        Step.REPORT_MODELS,
        Step.RETRAIN_MODEL,
    }
)

PIPELINE: tuple[Step, ...] = (
    Step.VERIFY_DOCUMENTS,
    Step.CONSULT_BUREAU,
    Step.SCREEN_FRAUD,
    Step.SCORE,
    Step.DECIDE,
    Step.DRAW_CONTRACT,
    Step.SEAL_CONTRACT,
    Step.DISBURSE,
)


def backoff(attempt: int) -> timedelta:
    """How long a step waits after its `attempt`th failure: 1, 2, 4 … 30 seconds."""
    return timedelta(seconds=min(30, 2 ** max(0, attempt - 1)))
