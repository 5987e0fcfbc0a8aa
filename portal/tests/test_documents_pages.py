"""The card in the chat and the pictures behind it."""

from uuid import UUID, uuid4

import httpx
import pytest

from portal.db.models import Application
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore, page_key, put_sealed, thumbnail_key
from portal.documents.pages import card_page
from portal.documents.queries import find_document
from portal.documents.service import ReadingRecord
from portal.documents.wording import refusal_sentence
from portal.settings import Settings
from portal.testing.cases import Case, fields, fill_draft, make_submitted, read_payslip, sign_in
from portal.testing.factories import make_draft


async def signed_in(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, case: Case | None = None
) -> Application:
    application = await fill_draft(units, case)
    await sign_in(client, units, settings, application.applicant_id)
    return application


def card(application: Application, slot: str) -> str:
    return f"/applications/{application.reference}/documents/{slot}/card"


async def test_what_was_read_is_shown_with_how_sure_it_is(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    application = await signed_in(client, units, settings)
    answer = await client.get(card(application, "id_front"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert 'id="document-id_front"' in answer.text
    assert "林安然" in answer.text
    assert "读取清楚" in answer.text
    assert "330*************40" in answer.text
    assert "330100199005120240" not in answer.text
    assert "/thumbnail" in answer.text
    assert "hx-trigger" not in answer.text


async def test_amounts_and_lasting_cards_read_as_people_write_them(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    for_life = ReadingRecord("id_card_back", "ok", fields(0.8, authority="杭州市公安局", valid_to="long_term"))
    application = await signed_in(client, units, settings, Case(readings={"id_back": for_life}))
    assert "¥14,800.00" in (await client.get(card(application, "income_proof"))).text
    back = (await client.get(card(application, "id_back"))).text
    assert "长期有效" in back
    assert "请核对" in back


async def test_while_it_is_read_the_card_asks_again_and_has_a_link(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    application = await signed_in(client, units, settings, Case(readings={"id_front": None}))
    page = card_page(application.reference, "id_front", None)
    assert page.state == "none"
    await _upload(client, application)
    answer = (await client.get(card(application, "id_front"))).text
    assert 'hx-trigger="every 2s"' in answer
    assert f'hx-get="{card(application, "id_front")}"' in answer
    assert "刷新" in answer


async def _upload(client: httpx.AsyncClient, application: Application) -> None:
    pdf = b"%PDF-1.7\n%%EOF"
    sent = await client.post(
        f"/applications/{application.reference}/documents/id_front", files={"file": ("a.pdf", pdf, "application/pdf")}
    )
    assert sent.status_code == 303


async def test_a_refusal_says_what_to_do(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings) -> None:
    case = Case(readings={"id_back": ReadingRecord("unknown", "blurred")})
    application = await signed_in(client, units, settings, case)
    answer = (await client.get(card(application, "id_back"))).text
    assert refusal_sentence("id_back", "blurred") in answer
    assert "chat?edit=id_back" in answer


async def test_nothing_sent_yet(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings) -> None:
    application = await signed_in(client, units, settings, Case(readings={"id_back": None}))
    assert "还没有上传" in (await client.get(card(application, "id_back"))).text


async def test_after_submission_no_other_photo_is_asked_for(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    await sign_in(client, units, settings, application.applicant_id)
    assert "chat?edit=" not in (await client.get(card(application, "id_front"))).text


async def test_a_card_in_english(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings) -> None:
    application = await signed_in(client, units, settings)
    client.cookies.set("language", "en")
    assert (await client.get(card(application, "id_front"))).status_code == 200


@pytest.fixture
async def pictured(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, files: FileStore
) -> tuple[Application, UUID]:
    """An application whose payslip has its pictures in storage."""
    application = await signed_in(client, units, settings, Case(readings={"income_proof": read_payslip(page_count=2)}))
    async with units.begin() as uow:
        document = await find_document(uow, application.id, "income_proof")
        assert document is not None
        for key in (page_key(document.id, 0), page_key(document.id, 1), thumbnail_key(document.id)):
            await put_sealed(uow, files, application.applicant_id, key, b"\xff\xd8\xff" + key.encode())
    return application, document.id


async def test_the_owner_sees_the_pictures(client: httpx.AsyncClient, pictured: tuple[Application, UUID]) -> None:
    application, document = pictured
    base = f"/applications/{application.reference}/documents/{document}"
    for path in ("pages/0", "pages/1", "thumbnail"):
        answer = await client.get(f"{base}/{path}")
        assert answer.status_code == 200
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await client.get(f"{base}/pages/2")).status_code == 404
    assert (await client.get(f"{base}/pages/-1")).status_code == 404


async def test_nobody_else_sees_them(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, pictured: tuple[Application, UUID]
) -> None:
    application, document = pictured
    other = await make_draft(units)
    await sign_in(client, units, settings, other.applicant_id)
    for reference in (application.reference, other.reference):
        for path in ("pages/0", "thumbnail"):
            answer = await client.get(f"/applications/{reference}/documents/{document}/{path}")
            assert answer.status_code == 404
    assert (await client.get(card(application, "id_front"))).status_code == 404
    assert (await client.get(f"/applications/{other.reference}/documents/{uuid4()}/thumbnail")).status_code == 404
