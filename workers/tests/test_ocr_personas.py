"""The specimens people try the product with are read as they arrive from a phone: drawn again and packed harder."""

import io
from datetime import date

import pytest
from PIL import Image

from workers.ocr.document import read_document
from workers.ocr.engine import Engine
from workers.ocr.models import locate_models
from workers.ocr.quality import OK
from workers.sandbox.personas import PERSONAS, get_persona
from workers.sandbox.showcase import DOCUMENTS

DAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(locate_models(tmp_path_factory.mktemp("ocr")), threads=1)


@pytest.mark.parametrize("slug", [persona.slug for persona in PERSONAS])
def test_an_id_card_is_read_as_a_phone_sends_it(engine: Engine, slug: str) -> None:
    persona = get_persona(slug)
    front = io.BytesIO(DOCUMENTS[0].render(persona.person, PERSONAS.index(persona)))
    sent = io.BytesIO()
    Image.open(front).save(sent, "JPEG", quality=76)  # what upload.js comes to, for a photograph of this size
    reading = read_document(sent.getvalue(), engine, DAY, "id_card_front")
    assert reading.quality == OK
    assert reading.fields["id_number"].value == persona.person.id_number
