"""What documents put beside a question: a reading to confirm, or two things that differ."""

from dataclasses import dataclass, replace
from typing import Literal

from portal.documents.pages import crop_address
from portal.documents.queries import Level
from portal.documents.wording import AMOUNTS, FIELDS, LONG_TERM
from portal.domain.text import N_
from portal.intake.state import Intake
from portal.script.question import Question


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as people read it: money in fen, a message id to translate, or plain text."""

    kind: Literal["money", "message", "plain"]
    value: int | str


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """What was read for the question being asked, fragment `intake/_proposal.html`. `late`: it came while the
    question was on the screen, so it is offered to be filled in, never typed over what was begun. `paper` says where
    it was read; `crop` is the address of its picture."""

    reference: str
    slot: str
    label: str
    state: Literal["none", "reading", "ready"]
    paper: str = ""
    shown: Shown | None = None
    value: str = ""
    level: Level = "low"
    fits: bool = True
    late: bool = False
    crop: str = ""
    error: str = ""

    @property
    def to_look(self) -> bool:
        """It was not read clearly: nobody passes it without a look."""
        return self.level != "high"


@dataclass(frozen=True, slots=True)
class MismatchSide:
    """One of two things that differ; `crop` is the address of its picture, empty for an answer."""

    label: str
    name: str
    shown: Shown
    crop: str = ""


@dataclass(frozen=True, slots=True)
class MismatchPage:
    """What differs and what can be done about it: (message id, address) of each way, besides going on."""

    sides: tuple[MismatchSide, ...]
    ways: tuple[tuple[str, str, str], ...]


def chat_path(intake: Intake, edit: str | None = None) -> str:
    """The chat's address, or that of editing one answer."""
    path = f"/applications/{intake.application.reference}/chat"
    return f"{path}?edit={edit}" if edit else path


ALL = "all"
"""Where every question is answered: the transcript with nothing to ask."""


def step_path(intake: Intake, slot: str) -> str:
    """The chat's address at one question: it is asked there while it is open, and can be edited there afterwards.

    So every question has an address of its own in the browser's history, and going back leads to the one before."""
    return f"{chat_path(intake)}?at={slot}"


_PAPERS = {
    "id_front": N_("从身份证上读到"),
    "id_back": N_("从身份证上读到"),
    "income_proof": N_("从收入证明上读到"),
}
_READING = {
    "id_front": N_("正在读取身份证，读完会显示在这里。您也可以直接填写。"),
    "id_back": N_("正在读取身份证，读完会显示在这里。您也可以直接填写。"),
    "income_proof": N_("正在读取收入证明，读完会显示在这里。您也可以直接填写。"),
}


def proposal_page(intake: Intake, question: Question, *, late: bool = False, error: str = "") -> ProposalPage | None:
    """None for a question that nothing is read for."""
    if question.reading is None:
        return None
    slot = question.reading.slot
    page = ProposalPage(intake.application.reference, question.slot, question.label, "none", late=late, error=error)
    proposal = intake.proposal(question)
    if proposal is None:
        return replace(page, state="reading", paper=_READING[slot]) if intake.is_being_read(question) else page
    field = proposal.document.fields[proposal.field]
    return replace(
        page,
        state="ready",
        paper=_PAPERS[slot],
        shown=_as_read(question.slot, field.value) if question.widget == "money" else _as_read("", proposal.value),
        value=proposal.value,
        level=proposal.level,
        fits=proposal.fits,
        crop=crop_address(page.reference, proposal.document, proposal.field),
    )


_MONEY = AMOUNTS | {"proven_income"}


def _as_read(name: str, value: str) -> Shown:
    """A value in normal form as people read it."""
    if name in _MONEY:
        return Shown("money", int(value))
    return Shown("message", LONG_TERM) if value == "long_term" else Shown("plain", value)


_AGAIN = {
    "id_front": N_("重拍身份证"),
    "id_back": N_("重拍身份证"),
    "income_proof": N_("换收入证明"),
    "income_extra": N_("换补充材料"),
}


def mismatch_page(intake: Intake, question: Question) -> MismatchPage | None:
    """What differs, and three ways on: correct the answer, send another paper, or keep both."""
    finding = intake.failed.get(question.follow.mismatch[0]) if question.follow else None
    if finding is None:
        return None
    rule, reference = finding.rule, intake.application.reference
    sides = tuple(
        MismatchSide(
            side.label,
            FIELDS[side.name],
            _as_read(side.name, side.value),
            crop_address(reference, intake.documents[side.slot], side.name) if side.slot else "",
        )
        for side in finding.sides
    )
    papers = [side.slot for side in finding.sides if side.slot] or [rule.document]
    ways = [("edit", N_("更改我的回答"), chat_path(intake, rule.answer))] if rule.answer else []
    ways += [("camera", _AGAIN[slot], chat_path(intake, slot)) for slot in dict.fromkeys(papers)]
    more = (one for one in intake.questions if one.widget == "document" and one.optional and one.follow)
    ways += [
        ("file", N_("补充一份材料"), chat_path(intake, one.slot))
        for one in more
        if one.follow and rule.id in one.follow.mismatch and one.slot not in intake.documents
    ]
    return MismatchPage(sides, tuple(ways))
