"""In whatever order somebody answers, edits, goes back and resumes: the record is that of answering straight through.

`XINDAI_CONVERSATIONS=2000` tries so many, other ones each time; without it the same 100.
"""

import os
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.db.vault import KeyRing
from portal.intake.edits import asked_after, foresee
from portal.intake.pages import Asked, chat_page
from portal.intake.state import Intake
from portal.script.question import Question
from portal.testing.conversations import CHOSEN, Conversation, Stage, Truth, straight_through
from portal.testing.intake import LENDER, form

_asked = int(os.environ.get("XINDAI_CONVERSATIONS", "0"))


@pytest.fixture
def stage(database_url: str, keys: KeyRing) -> Iterator[Stage]:
    """On a database of this test's own."""
    opened = Stage(database_url, keys)
    yield opened
    opened.close()


def _is_offered(question: Question, value: str) -> bool:
    if question.widget == "choice":
        return value in [choice.value for choice in question.choices]
    return question.slot != "amount" or question.accepts(int(value) * 100)


def open_questions(intake: Intake) -> set[str]:
    """What is still to be answered, apart from what papers give cause to ask."""
    return {one.slot for one in intake.questions if one.follow is None and not intake.is_answered(one)}


class AnyOrder(RuleBasedStateMachine):
    """One person at one draft."""

    stage: Stage

    @initialize(product=st.sampled_from(CHOSEN["product"]))
    def begin(self, product: str) -> None:
        """On the landing page."""
        self.talk: Conversation = self.stage.begin(Truth().but("product", product))

    @rule(count=st.integers(1, 8))
    def answer(self, count: int) -> None:
        """The next few questions."""
        for _ in range(count):
            current = self.talk.look().current
            if current is not None:
                self.talk.answer(current)

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """Change one's mind about something said; what the page foretold comes true."""
        intake = self.talk.look()
        said = [one for one in intake.questions if one.slot in CHOSEN and one.fixed is None and intake.is_answered(one)]
        question = self._draw(data, said)
        offered = [value for value in CHOSEN[question.slot] if _is_offered(question, value)]
        value = data.draw(st.sampled_from(offered))
        before = open_questions(intake)
        foretold = foresee(intake, question)
        self.talk.truth = self.talk.truth.but(question.slot, value)
        self.talk.answer(question, editing=True)
        after = self.talk.look()
        if question.slot in after.answers and after.answers[question.slot].value != intake.answers[question.slot].value:
            told = foretold.always if foretold.by_choice is None else foretold.by_choice[value]
            assert open_questions(after) - before == {one.slot for one in told}

        self._see_that_what_counts_was_asked(after)

    def _draw(self, data: st.DataObject, questions: Sequence[Question]) -> Question:
        """By slot: a failing example is read by people."""
        slot = data.draw(st.sampled_from([question.slot for question in questions]))
        return next(question for question in questions if question.slot == slot)

    @rule(data=st.data())
    def look_at_an_edit_and_go_back(self, data: st.DataObject) -> None:
        """Opening an answer changes nothing."""
        intake = self.talk.look()
        question = self._draw(data, intake.questions)
        page = chat_page(intake, Asked(question, editing=True), "zh", LENDER)
        assert page.editing is (question.fixed is None and intake.is_answered(question))
        assert self.talk.look().values == intake.values

    @rule(data=st.data())
    def send_an_old_form(self, data: st.DataObject) -> None:
        """From a page that another phone has overtaken: it is not taken, and nothing changes."""
        intake = self.talk.look()
        typed = ("text", "choice", "money")
        said = [one for one in intake.questions if one.slot in intake.answers and one.widget in typed]
        question = self._draw(data, said)
        assert not self.talk.send(question.slot, form("一句旧话"))
        assert self.talk.look().values == intake.values

    @rule(slot=st.sampled_from(("id_front", "id_back")))
    def spoil_a_photograph(self, slot: str) -> None:
        """Take it anew, blurred."""
        if slot in self.talk.look().documents:
            self.talk.photograph(slot, quality="blurred")

    @precondition(lambda self: self.talk.unread)
    @rule()
    def read(self) -> None:
        """The reader comes to the oldest photograph."""
        self.talk.read(next(iter(self.talk.unread)))

    @rule()
    def resume(self) -> None:
        """On another phone."""
        self.talk.resume()

    def _see_that_what_counts_was_asked(self, intake: Intake) -> None:
        """No answer counts to a question that this person isn't asked, or that the product does not take."""
        for slot, given in intake.answers.items():
            question = intake.catalogue.find(slot)
            assert question is not None
            assert question.applies_to(intake.values)
            assert question.accepts(given.value)

    def teardown(self) -> None:
        """Answer what is left: it is as if they had answered straight through."""
        if hasattr(self, "talk"):
            self.talk.finish()
            record = self.talk.record()
            self.stage.clear()
            assert record == straight_through(self.talk.truth, self.stage.keys)


def test_straight_through_is_what_it_is_said_to_be(stage: Stage) -> None:
    for number in range(8):
        truth = Truth({slot: values[number % len(values)] for slot, values in CHOSEN.items()})
        talk = stage.begin(truth)
        talk.finish()
        assert talk.record() == straight_through(talk.truth, stage.keys)
        stage.clear()


def test_any_order_ends_in_the_same_record(stage: Stage) -> None:
    AnyOrder.stage = stage
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=_asked or 100,
            stateful_step_count=20,
            phases=(Phase.generate, Phase.shrink) if _asked else (Phase.generate,),
            derandomize=not _asked,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_asking_again_is_known_before(stage: Stage) -> None:
    talk = stage.begin(Truth())
    talk.finish()
    intake = talk.look()

    def slots(slot: str, value: str) -> list[str]:
        return [question.slot for question in asked_after(intake, slot, value)]

    assert slots("employment", "civil_servant") == ["employer"]
    assert slots("employment", "retired") == ["income_proof", "monthly_income"]
    assert slots("product", "education") == ["learner", "school", "course_ends"]
    assert slots("id_front", "another") == ["name", "id_number"]
    assert slots("amount", "6000") == []
    stage.clear()
