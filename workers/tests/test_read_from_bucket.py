"""The way of a photo through a house whose files are in a bucket: sent, read, and cut out again beside its value."""

from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from portal.db.uow import UnitsOfWork
from portal.documents.files import FileMissing, FileStore, original_key
from portal.documents.service import find_document
from portal.settings import Settings
from portal.testing.cases import sign_in
from portal.testing.factories import make_draft
from workers.ocr.reader import DocumentReader
from workers.sandbox.specimens import make_person, photo, render_id_front, to_jpeg
from workers.testing import drain
from workers.tests.steps import PROCEDURES, open_steps


@pytest.fixture
def settings(settings: Settings, bucket_url: str) -> Settings:
    """All of it on S3."""
    return settings.model_copy(update={"storage_url": bucket_url})


async def test_a_photo_goes_through_a_bucket(
    client: httpx.AsyncClient, units: UnitsOfWork, files: FileStore, settings: Settings, tmp_path: Path
) -> None:
    person, application = make_person(7), await make_draft(units)
    await sign_in(client, units, settings, application.applicant_id)
    documents = f"/applications/{application.reference}/documents"
    taken = {"file": ("photo.jpg", to_jpeg(photo(render_id_front(person), 3)), "image/jpeg")}
    assert (await client.post(f"{documents}/id_front", files=taken, data={"_key": "k"})).status_code == 303
    reader = DocumentReader(home=tmp_path / "models")
    try:
        async with open_steps(settings, units, files, reader=reader) as work:
            await drain(work, PROCEDURES)
    finally:
        await reader.aclose()
    async with units.begin() as uow:
        document = await find_document(uow, application.id, "id_front")
    assert document is not None
    assert document.fields["id_number"].value == person.id_number
    with pytest.raises(FileMissing):
        await files.get(original_key(document.id))
    crop = await client.get(f"{documents}/{document.id}/crops/id_number")
    assert crop.status_code == 200
    width, height = Image.open(BytesIO(crop.content)).size
    assert width > 4 * height > 40
    assert not any((Path(settings.home) / "files").rglob("*"))
