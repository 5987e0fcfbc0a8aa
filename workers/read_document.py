"""Reading one document: the sealed original in, sealed pages and fields out, the original gone."""

import asyncio
import time
from dataclasses import asdict, dataclass

from portal.applications.queries import get_application
from portal.db.models import Document, DocumentState, StepRun
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher
from portal.documents.files import FileMissing, FileStore, page_key, place, thumbnail_key
from portal.documents.service import ReadField, ReadingRecord, record_reading
from portal.domain.clock import today
from workers.job import Done, Park, Procedure
from workers.ocr.errors import ModelMissing
from workers.ocr.reading import KindName, Reading
from workers.work import Work

UNREADABLE = "unreadable"
_NO_READER_SECONDS = 30.0
# Its other side is told before anything is read.
_EXPECTED: dict[str, KindName] = {"id_front": "id_card_front", "id_back": "id_card_back"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """`original` is None when the document was replaced, or was read before and its file is gone."""

    document: Document
    cipher: PersonCipher
    original: bytes | None


class ReadDocument(Procedure):
    """Subject of the run: the document."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """Open the original."""
        document = await uow.session.get_one(Document, run.subject_id)
        application = await get_application(uow, document.application_id)
        cipher = await uow.cipher(application.applicant_id)
        key = document.original_key
        wanted = document.state is DocumentState.UPLOADED and key is not None
        sealed = await _fetch(work.files, key) if wanted and key else None
        return Inputs(document, cipher, cipher.open_bytes(place(key), sealed) if sealed and key else None)

    async def perform(self, work: Work, inputs: Inputs) -> ReadingRecord:
        """Read, and keep what may be kept before the rows say that it is there."""
        if inputs.original is None:
            return ReadingRecord("unknown", UNREADABLE)
        if work.reader is None:
            raise Park("reader_unavailable", _NO_READER_SECONDS)
        began = time.monotonic()
        try:
            reading = await work.reader.read(inputs.original, _EXPECTED.get(inputs.document.slot))
        except ModelMissing:
            raise Park("reader_unavailable", _NO_READER_SECONDS) from None
        await _keep_pictures(work.files, inputs, reading)
        return make_record(reading, round((time.monotonic() - began) * 1000))

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: ReadingRecord) -> Done:
        """Fields, checks and state; a document that is not waiting any more keeps what it has."""
        if inputs.document.state in (DocumentState.READ, DocumentState.REFUSED):
            return Done({"result": inputs.document.state.value})
        state = await record_reading(uow, work.files, inputs.document.id, result, today())
        return Done({"result": state.value})

    async def give_up(self, work: Work, uow: UnitOfWork, run: StepRun) -> None:
        """A file that no try could read is refused, so that the applicant can send another."""
        if run.subject_id is None:
            return
        document = await uow.session.get_one(Document, run.subject_id)
        if document.state is DocumentState.UPLOADED:
            await record_reading(uow, work.files, document.id, ReadingRecord("unknown", UNREADABLE), today())


def make_record(reading: Reading, read_ms: int) -> ReadingRecord:
    """The reader's result in the portal's terms."""
    fields = {
        name: ReadField(field.value, field.confidence, field.page, field.box) for name, field in reading.fields.items()
    }
    return ReadingRecord(
        kind=reading.kind,
        quality=reading.quality,
        fields=fields,
        checks=tuple(asdict(check) for check in reading.checks),
        page_count=len(reading.pages),
        read_ms=read_ms,
        fingerprint=reading.fingerprint,
    )


async def _fetch(files: FileStore, key: str) -> bytes | None:
    try:
        return await files.get(key)
    except FileMissing:
        return None


async def _keep_pictures(files: FileStore, inputs: Inputs, reading: Reading) -> None:
    """Re-encoded, without metadata, sealed; a second try writes the same keys again."""
    document = inputs.document.id
    pictures = {page_key(document, number): page.jpeg for number, page in enumerate(reading.pages)}
    if reading.thumbnail:
        pictures[thumbnail_key(document)] = reading.thumbnail
    await asyncio.gather(
        *(files.put(key, inputs.cipher.seal_bytes(place(key), jpeg)) for key, jpeg in pictures.items())
    )


STEP = ReadDocument
