"""Contexts of a document beside what was read from it: values, how sure they are, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portal.applications.queries import AnswerValue
from portal.db.models import DocumentState, Provenance
from portal.documents.checks import INCOME_FIELDS, same_employer, same_name
from portal.documents.service import DocumentView, FieldView
from portal.documents.wording import AMOUNTS, FIELDS, KINDS, LONG_TERM, SEXES, SHOWN, SLOTS
from portal.domain.money import format_yuan
from portal.helpdesk.pages import Badge, Bar
from portal.helpdesk.personal import mask_field
from portal.helpdesk.service import Revealed
from portal.helpdesk.timeline import Words, known_words
from portal.helpdesk.wording import CORRECTIONS, DOCUMENT_STATES, NOT_READ, PROVENANCES, READ_AS

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn of a field's life; `text` None where nothing changed or it is hidden, `by` a name or empty."""

    word: str
    at: datetime
    text: Words | None
    by: str
    reason: Words | None


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One fact read. `normal` is the form it is kept in, where that differs; `agrees` compares it with the answer of
    the same name, which is `said` where nothing was read. Boxes are x, y, width, height in pixels of `page`, None while
    it is hidden: `box` of the value, `frame` with a margin. `correct` is the address of its correction."""

    number: int
    label: str
    text: Words
    level: str
    provenance: str
    agrees: bool | None
    normal: str = ""
    said: Words | None = None
    page: int = 0
    box: Box | None = None
    frame: Box | None = None
    history: tuple[TurnRow, ...] = ()
    correct: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page's picture, its size in pixels and the fields read from it."""

    number: int
    width: int
    height: int
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class DocumentPanel:
    """One document, fragment `helpdesk/_document.html`. `sheets` is filled for who gave a reason."""

    reference: str
    id: UUID
    title: str
    kind: str
    badge: Badge
    sentence: str
    fields: tuple[FieldRow, ...]
    checks: tuple[tuple[str, bool], ...]
    allowed: bool
    revealed: bool = False
    sheets: tuple[Sheet, ...] = ()
    error: str = ""

    @property
    def token(self) -> str:
        """What a form names it by."""
        return f"document:{self.id}"


@dataclass(frozen=True, slots=True)
class FieldPage:
    """One field to correct, beside its picture; `value` and `note` are as typed, `reasons` (code, message id)."""

    bar: Bar
    title: str
    reference: str
    document: UUID
    name: str
    paper: str
    row: FieldRow
    sheet: Sheet | None
    reasons: tuple[tuple[str, str], ...]
    value: str = ""
    reason: str = ""
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


def document_panel(
    reference: str,
    document: DocumentView,
    answers: Mapping[str, AnswerValue],
    language: str,
    *,
    allowed: bool,
    correct: bool = False,
    revealed: Revealed | None = None,
) -> DocumentPanel:
    """Masked, unless this very document was revealed in this answer; `correct`: the reader may correct it."""
    open_now = revealed is not None and revealed.document is not None and revealed.document.id == document.id
    base = f"/helpdesk/cases/{reference}/documents/{document.id}/fields/"
    rows = tuple(
        field_row(number, name, document, answers, in_clear=open_now, correct=f"{base}{name}" if correct else "")
        for number, name in enumerate(field_names(document), start=1)
    )
    sizes = revealed.sizes if revealed is not None and open_now else ()
    return DocumentPanel(
        reference=reference,
        id=document.id,
        title=SLOTS[document.slot],
        kind=KINDS.get(document.kind or "", "") if document.state is DocumentState.READ else "",
        badge=Badge(*DOCUMENT_STATES[document.state]),
        sentence=document.sentence,
        fields=rows,
        checks=tuple((str(check[language]), bool(check["passed"])) for check in document.checks),
        allowed=allowed and (document.page_count > 0 or bool(document.fields)),
        revealed=open_now,
        sheets=sheets_of(sizes, rows),
    )


def sheets_of(sizes: tuple[tuple[int, int], ...], rows: tuple[FieldRow, ...]) -> tuple[Sheet, ...]:
    """The pages with their fields."""
    return tuple(
        Sheet(number, width, height, tuple(row for row in rows if row.page == number))
        for number, (width, height) in enumerate(sizes)
    )


def field_names(document: DocumentView) -> list[str]:
    """What was read, and what a document of its kind should have shown."""
    if document.state is not DocumentState.READ:
        return []
    kind = document.kind or ""
    wanted = {*document.fields, *SHOWN.get(kind, ()), *INCOME_FIELDS.get(kind, ())[:1]}
    return [name for name in FIELDS if name in wanted]


def field_row(
    number: int,
    name: str,
    document: DocumentView,
    answers: Mapping[str, AnswerValue],
    *,
    in_clear: bool,
    correct: str = "",
) -> FieldRow:
    """One line; a field that was not read has no picture, only what the applicant answered."""
    read = document.fields.get(name)
    write = _field_text if in_clear else _masked_text
    if read is None:
        said = answers.get(_ASKED.get(name, name))
        text = None if said is None else write(name, str(said))
        return FieldRow(number, FIELDS[name], Words(NOT_READ), "none", "", None, said=text, correct=correct)
    text = write(name, read.value)
    return FieldRow(
        number=number,
        label=FIELDS[name],
        text=text,
        level=read.level if read.confidence > 0 else "none",
        provenance=PROVENANCES[read.provenance],
        agrees=_agrees(name, read, answers),
        normal=read.value if in_clear and (text.translate or text.text != read.value) else "",
        page=read.page,
        box=_sized(read.box) if in_clear else None,
        frame=_sized(read.frame) if in_clear else None,
        history=_turns(name, read, in_clear=in_clear),
        correct=correct,
    )


# Which answer says what a paper should have shown.
_ASKED = dict.fromkeys((name for names in INCOME_FIELDS.values() for name in names), "proven_income")


def _agrees(name: str, read: FieldView, answers: Mapping[str, AnswerValue]) -> bool | None:
    if name not in ("name", "id_number", "employer") or name not in answers:
        return None
    said = str(answers[name])
    if name == "employer":
        return same_employer(said, read.value)
    return same_name(said, read.value) if name == "name" else said == read.value


def _sized(corners: tuple[int, ...] | None) -> Box | None:
    if corners is None or len(corners) != 4:
        return None
    x0, y0, x1, y1 = corners
    return x0, y0, max(1, x1 - x0), max(1, y1 - y0)


def _turns(name: str, read: FieldView, *, in_clear: bool) -> tuple[TurnRow, ...]:
    """Nothing for a reading that was left alone."""
    if len(read.history) < 2:
        return ()
    return tuple(
        TurnRow(
            word=READ_AS if turn.provenance is Provenance.READ else PROVENANCES[turn.provenance],
            at=turn.at,
            text=_turn_text(name, turn.value) if in_clear else None,
            by=turn.by,
            reason=known_words(CORRECTIONS, turn.reason) if turn.reason else None,
        )
        for turn in read.history
        if in_clear or turn.provenance is not Provenance.READ
    )


def _turn_text(name: str, value: str | None) -> Words | None:
    if value is None:
        return None
    return _field_text(name, value) if value else Words(NOT_READ)


def _field_text(name: str, value: str) -> Words:
    if name in AMOUNTS:
        return Words(format_yuan(int(value)), translate=False)
    if name == "sex" and value in SEXES:
        return Words(SEXES[value])
    return Words(LONG_TERM) if value == "long_term" else Words(value, translate=False)


def _masked_text(name: str, value: str) -> Words:
    return Words(LONG_TERM) if value == "long_term" else Words(mask_field(name, value), translate=False)
