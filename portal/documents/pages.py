"""Contexts of the document fragments."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from portal.db.models import DocumentState
from portal.documents.queries import DocumentView, FieldView, Level
from portal.documents.wording import AMOUNTS, FIELDS, KINDS, LONG_TERM, SEXES, SHOWN, SLOTS
from portal.domain.identity import IdNumber
from portal.domain.money import format_yuan


@dataclass(frozen=True, slots=True)
class FieldRow:
    """`label` is a message id; so is `text` when `translate` is set. `crop` is the address of its picture."""

    label: str
    text: str
    level: Level
    translate: bool = False
    crop: str = ""


@dataclass(frozen=True, slots=True)
class CardPage:
    """One document as the applicant sees it, fragment `documents/_card.html`. `state`: reading, read, refused, none."""

    reference: str
    slot: str
    title: str
    state: str
    kind: str = ""
    sentence: str = ""
    document_id: UUID | None = None
    has_picture: bool = False
    fields: tuple[FieldRow, ...] = ()
    editable: bool = True

    @property
    def address(self) -> str:
        """Where the fragment comes from."""
        return f"/applications/{self.reference}/documents/{self.slot}/card"


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form of one slot, fragment `documents/_upload.html` (id `upload`), and the page a plain form's refusal
    gets. `error` is a message id; `hint` too."""

    reference: str
    slot: str
    title: str
    hint: str = ""
    error: str = ""
    errors: dict[str, str] = field(default_factory=dict)


_STATES = {
    DocumentState.UPLOADED: "reading",
    DocumentState.READ: "read",
    DocumentState.REFUSED: "refused",
    DocumentState.REPLACED: "none",
}


def card_page(reference: str, slot: str, document: DocumentView | None, *, editable: bool = True) -> CardPage:
    """`editable`: the application is a draft, so that another photo may be sent."""
    if document is None:
        return CardPage(reference, slot, SLOTS[slot], "none", editable=editable)
    return CardPage(
        reference=reference,
        slot=slot,
        title=SLOTS[slot],
        state=_STATES[document.state],
        kind=KINDS.get(document.kind or "", ""),
        sentence=document.sentence,
        document_id=document.id,
        has_picture=document.page_count > 0,
        fields=_shown_rows(reference, document) if document.state is DocumentState.READ else (),
        editable=editable,
    )


def crop_address(reference: str, document: DocumentView, name: str) -> str:
    """Where the picture of a field comes from; empty where there is none."""
    field = document.fields.get(name)
    if field is None or field.frame is None or field.page >= document.page_count:
        return ""
    return f"/applications/{reference}/documents/{document.id}/crops/{name}"


def _shown_rows(reference: str, document: DocumentView) -> tuple[FieldRow, ...]:
    """What is masked in words stays out of the picture beside it too."""
    names = [name for name in SHOWN.get(document.kind or "", ()) if name in document.fields]
    rows = field_rows(document, tuple(names))
    return tuple(
        row if name == "id_number" else replace(row, crop=crop_address(reference, document, name))
        for name, row in zip(names, rows, strict=True)
    )


def field_rows(document: DocumentView, names: tuple[str, ...], *, masked: bool = True) -> tuple[FieldRow, ...]:
    """The fields that were read, in this order, as a person reads them."""
    return tuple(_row(name, document.fields[name], masked) for name in names if name in document.fields)


def upload_page(reference: str, slot: str, *, hint: str = "", error: str = "") -> UploadPage:
    """With the sentence of a refusal when there is one."""
    return UploadPage(reference, slot, SLOTS[slot], hint, error, {"file": error} if error else {})


def _row(name: str, read: FieldView, masked: bool) -> FieldRow:
    if name in AMOUNTS:
        return FieldRow(FIELDS[name], format_yuan(int(read.value)), read.level)
    if read.value == "long_term":
        return FieldRow(FIELDS[name], LONG_TERM, read.level, translate=True)
    if name == "sex" and read.value in SEXES:
        return FieldRow(FIELDS[name], SEXES[read.value], read.level, translate=True)
    if name == "id_number" and masked:
        # A card in the transcript is read over shoulders; the question that proposes the number shows all of it.
        return FieldRow(FIELDS[name], IdNumber(read.value).masked, read.level)
    return FieldRow(FIELDS.get(name, name), read.value, read.level)
