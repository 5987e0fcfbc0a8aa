"""Nothing that can happen is without words."""

import ast
from collections.abc import Iterator

import pytest

from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.progress import wording
from portal.settings import ROOT

RAISED = {"Park": wording.PARKED, "StepFailed": wording.FAILED}
# What portal code can't see: the reasons workers.job gives by itself.
MACHINERY = {"parked": ("outside", "internal"), "failed": ("outside", "internal", "crashed")}


def raised_reasons() -> Iterator[tuple[str, str, str]]:
    """(file, exception, reason) of every `raise Park("…")` and `raise StepFailed("…")` in the workers."""
    for file in sorted((ROOT / "workers").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                yield file.name, node.func.id, str(node.args[0].value)


def test_every_step_event_and_state_has_words() -> None:
    assert set(wording.STEPS) == set(Step)
    assert set(wording.EVENTS) == set(EventKind)
    assert set(wording.STANDINGS) == set(ApplicationState)


def test_every_reason_a_worker_gives_has_a_sentence() -> None:
    raised = list(raised_reasons())
    assert ("consult_bureau.py", "Park", "bureau_unavailable") in raised
    assert [each for each in raised if each[2] not in RAISED[each[1]]] == []
    assert set(MACHINERY["parked"]) <= set(wording.PARKED)
    assert set(MACHINERY["failed"]) <= set(wording.FAILED)


def test_a_reason_nobody_worded_is_still_explained() -> None:
    assert wording.parked_sentence("tomorrow's code") == wording.PARKED["outside"]
    assert wording.failed_sentence(None) == wording.FAILED["internal"]


@pytest.mark.parametrize("kind", EventKind)
def test_events_are_announced_once_and_only_those_that_matter(kind: EventKind) -> None:
    said = wording.announcement(kind, Step.SCORE, "outside", None)
    silent = kind in (EventKind.STEP_STARTED, EventKind.NOTICE_SENT, EventKind.NOTE_ADDED, EventKind.CASE_OPENED)
    assert bool(said) is not silent or kind not in wording.SPOKEN


def test_a_step_that_came_to_something_else_says_so() -> None:
    said = wording.announcement(EventKind.STEP_FINISHED, Step.CONSULT_BUREAU, None, "no_authorisation")
    assert said == "没有可用的征信授权，这次没有查询征信。"
    assert wording.announcement(EventKind.STEP_FINISHED, Step.CONSULT_BUREAU, None, "received") != said
