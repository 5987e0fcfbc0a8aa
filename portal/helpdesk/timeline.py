"""The history in words: who, what, about what, newest first. Answers given in a row are one line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from portal.db.models import Provenance
from portal.db.vault import PersonCipher
from portal.documents.wording import FIELDS, REFUSALS, SLOTS, refusal_sentence
from portal.domain.events import ActorKind, EventKind
from portal.domain.money import format_yuan
from portal.domain.workflow import Step
from portal.helpdesk.queries import HistoryRow
from portal.helpdesk.service import note_place
from portal.helpdesk.wording import (
    ACTORS,
    ALL,
    CHANNELS,
    CONSENTS,
    CORRECTIONS,
    EVENTS,
    NO_SIGNALS,
    NOT_CHECKED,
    NOTHING_ASKED,
    NOTICES,
    PROVENANCES,
    REASONS,
    REVEALS,
    SIGNALS,
    UNCHECKED,
)
from portal.progress.wording import STEPS, failed_sentence, parked_sentence
from portal.script.catalogue import scripts

E = EventKind


@dataclass(frozen=True, slots=True)
class Words:
    """A message id, or with `translate` False a text that is the same in every language."""

    text: str
    translate: bool = True


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line. `about` follows the words; `note` is what staff wrote; `seconds` how long a step took."""

    number: int
    at: datetime
    icon: str
    group: str
    who: Words
    text: str
    about: tuple[Words, ...]
    note: str
    seconds: float | None
    tone: str


_TONES = {E.STEP_FAILED: "danger", E.STEP_PARKED: "attention", E.DOCUMENT_REFUSED: "attention"}
_JOINED = frozenset({E.QUESTION_ANSWERED, E.CONSENT_GRANTED})


def event_rows(
    history: Sequence[HistoryRow], cipher: PersonCipher | None, *, show: str = ALL, after: int = 0, until: int = 1 << 31
) -> tuple[EventRow, ...]:
    """Newest first; `show` keeps one kind of actor, `after` and `until` the events with numbers between."""
    finished = {row.event.data.get("step") for row in history if row.event.kind in (E.STEP_FINISHED, E.STEP_FAILED)}
    rows: list[EventRow] = []
    last: EventKind | None = None
    for row in history:
        event = row.event
        begun = event.kind is E.STEP_STARTED and event.data.get("step") in finished
        if not after < event.seq <= until or begun or show not in (ALL, event.actor_kind.value):
            continue
        line = _line(row, cipher)
        if last is event.kind and event.kind in _JOINED:
            line = replace(line, about=(*rows.pop().about, *line.about))
        rows.append(line)
        last = event.kind
    return tuple(reversed(rows))


def _line(row: HistoryRow, cipher: PersonCipher | None) -> EventRow:
    event = row.event
    icon, text = EVENTS[event.kind]
    about = _ABOUT.get(event.kind, _nothing)(event.data)
    note = ""
    if row.note is not None and row.note_id is not None and cipher is not None:
        note = cipher.open(note_place(row.note_id), row.note)
    who = Words(row.staff_name, translate=False) if row.staff_name else Words(ACTORS[event.actor_kind])
    took = event.data.get("ms") if event.kind is E.STEP_FINISHED else None
    return EventRow(
        number=event.seq,
        at=event.at,
        icon=icon,
        group=event.actor_kind.value,
        who=who,
        text=text,
        about=about,
        note=note,
        seconds=None if took is None else took / 1000,
        tone=_TONES.get(event.kind, "accent" if event.actor_kind is ActorKind.STAFF else "quiet"),
    )


def signal_words(code: str) -> tuple[Words, ...]:
    """A fraud signal, or a check that could not be made."""
    if code.startswith(UNCHECKED):
        name = code.removeprefix(UNCHECKED)
        return (Words(NOT_CHECKED), known_words(SIGNALS, name))
    return (known_words(SIGNALS, code),)


def known_words(words: Mapping[str, str], code: Any) -> Words:
    """A code nobody worded is shown as it is: staff can still quote it."""
    found = words.get(str(code))
    return Words(found) if found is not None else Words(str(code), translate=False)


def _step(data: Mapping[str, Any]) -> Words:
    step = str(data.get("step"))
    return Words(STEPS[Step(step)].title) if step in Step.__members__.values() else Words(step, translate=False)


def _nothing(data: Mapping[str, Any]) -> tuple[Words, ...]:
    return ()


def _question(data: Mapping[str, Any]) -> tuple[Words, ...]:
    question = scripts().find_question(str(data.get("slot")))
    return (Words(question.label) if question else known_words({}, data.get("slot")),)


def _slot(data: Mapping[str, Any]) -> tuple[Words, ...]:
    return (known_words(SLOTS, data.get("slot")),)


def _refused(data: Mapping[str, Any]) -> tuple[Words, ...]:
    slot, reason = str(data.get("slot")), str(data.get("reason"))
    sentence = Words(refusal_sentence(slot, reason)) if reason in REFUSALS else Words(reason, translate=False)
    return (*_slot(data), sentence)


def _confirmed(data: Mapping[str, Any]) -> tuple[Words, ...]:
    return (*_slot(data), known_words(FIELDS, data.get("field")), Words(PROVENANCES[Provenance(data["provenance"])]))


def _corrected(data: Mapping[str, Any]) -> tuple[Words, ...]:
    return (*_slot(data), known_words(FIELDS, data.get("field")), known_words(CORRECTIONS, data.get("reason")))


def _finished(data: Mapping[str, Any]) -> tuple[Words, ...]:
    nothing_asked = data.get("result") == "no_authorisation"
    return (_step(data), Words(NOTHING_ASKED)) if nothing_asked else (_step(data),)


def _screened(data: Mapping[str, Any]) -> tuple[Words, ...]:
    signals = data.get("signals") or []
    return tuple(word for code in signals for word in signal_words(str(code))) or (Words(NO_SIGNALS),)


def _revealed(data: Mapping[str, Any]) -> tuple[Words, ...]:
    which = _slot(data) if "slot" in data else (known_words(REVEALS, data.get("field")),)
    return (*which, known_words(REASONS, data.get("reason")))


_ABOUT: Mapping[EventKind, Callable[[Mapping[str, Any]], tuple[Words, ...]]] = {
    E.QUESTION_ANSWERED: _question,
    E.ANSWER_CHANGED: _question,
    E.DOCUMENT_UPLOADED: _slot,
    E.DOCUMENT_READ: _slot,
    E.DOCUMENT_REFUSED: _refused,
    E.DOCUMENT_CONFIRMED: _confirmed,
    E.DOCUMENT_CORRECTED: _corrected,
    E.CONSENT_GRANTED: lambda data: (known_words(CONSENTS, data.get("consent")),),
    E.STEP_STARTED: lambda data: (_step(data),),
    E.STEP_FINISHED: _finished,
    E.STEP_PARKED: lambda data: (_step(data), Words(parked_sentence(data.get("reason")))),
    E.STEP_FAILED: lambda data: (_step(data), Words(failed_sentence(data.get("reason")))),
    E.STEP_RESTARTED: lambda data: (_step(data),),
    E.FRAUD_SCREENED: _screened,
    E.APPLICATION_SCORED: lambda data: (Words(f"{data.get('points')} · {data.get('grade')}", translate=False),),
    E.LOAN_DISBURSED: lambda data: (Words(format_yuan(int(data["amount_fen"])), translate=False),),
    E.NOTICE_SENT: lambda data: (known_words(NOTICES, data.get("name")), known_words(CHANNELS, data.get("channel"))),
    E.PERSONAL_DATA_REVEALED: _revealed,
}
