"""Who gets where outside the helpdesk, for every route there is: a new route without a row here fails.

What is an applicant's own is not found for anybody else, whoever asks and whatever the address names.
"""

from dataclasses import dataclass
from io import BytesIO
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from PIL import Image

from portal.accounts.sessions import open_session
from portal.applications.queries import get_application
from portal.db.models import Application, Lane, Role
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore, answers_key, page_key, put_sealed, thumbnail_key
from portal.documents.parts import begin_upload
from portal.documents.queries import find_document
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.money import monthly_payment_fen
from portal.offers.queries import find_offer
from portal.servicing.service import intend_payout, record_disbursement
from portal.settings import Settings
from portal.signing.service import record_drawn
from portal.testing.cases import fill_draft as make_filled
from portal.testing.cases import make_snapshot, make_staff, make_submitted, sign_in
from portal.testing.factories import make_draft
from portal.underwriting.service import DecisionRecord, OfferTerms, record_decision
from portal.web.auth import cookie_name, csrf_token, new_session_id

OWN = "/applications/{reference:str}"
DOCUMENT = f"{OWN}/documents/{{document_id:uuid}}"
SLOT = f"{OWN}/documents/{{slot:str}}"
UPLOAD = f"{SLOT}/uploads/{{upload_id:uuid}}"

# The owner's, by the state of the application in which there is something to get.
OWNED: dict[tuple[str, str], str] = {
    ("GET", f"{OWN}/chat"): "draft",
    ("GET", f"{OWN}/chat/news"): "draft",
    ("GET", f"{OWN}/chat/proposal"): "draft",
    ("POST", f"{OWN}/answers/{{slot:str}}"): "draft",
    ("POST", f"{OWN}/heard/{{number:int}}"): "draft",
    ("GET", f"{OWN}/check"): "draft",
    ("POST", f"{OWN}/submit"): "draft",
    ("GET", f"{DOCUMENT}/crops/{{name:str}}"): "draft",
    ("GET", f"{DOCUMENT}/pages/{{number:int}}"): "draft",
    ("GET", f"{DOCUMENT}/thumbnail"): "draft",
    ("GET", f"{SLOT}/card"): "draft",
    ("POST", SLOT): "draft",
    ("HEAD", UPLOAD): "draft",
    ("PATCH", UPLOAD): "draft",
    ("DELETE", UPLOAD): "draft",
    ("POST", f"{SLOT}/uploads"): "draft",
    ("GET", f"{OWN}/answers.pdf"): "approved",
    ("GET", f"{OWN}/progress"): "approved",
    ("GET", f"{OWN}/events"): "approved",
    ("GET", f"{OWN}/timeline"): "approved",
    ("GET", f"{OWN}/decision"): "approved",
    ("GET", f"{OWN}/decision/explanation"): "approved",
    ("GET", f"{OWN}/offer"): "approved",
    ("POST", f"{OWN}/offer"): "approved",
    ("GET", f"{OWN}/sign"): "approved",
    ("POST", f"{OWN}/sign"): "approved",
    ("POST", f"{OWN}/sign/code"): "approved",
    ("GET", f"{OWN}/contract.pdf"): "approved",
    ("POST", f"{OWN}/review"): "approved",
    ("GET", f"{OWN}/withdraw"): "approved",
    ("POST", f"{OWN}/withdraw"): "draft",
    ("GET", f"{OWN}/schedule"): "disbursed",
}
# Of nobody in particular, or of whoever asks.
OPEN = {
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/offline"),
    ("GET", "/service-worker.js"),
    ("GET", "/static/{path:path}"),
    ("GET", "/preferences/language"),
    ("GET", "/preferences/type"),
    ("GET", "/start"),
    ("POST", "/start"),
    ("POST", "/start/again"),
    ("GET", "/start/verify"),
    ("POST", "/start/verify"),
    ("GET", "/track"),
    ("POST", "/track"),
    ("GET", "/track/verify"),
    ("POST", "/track/verify"),
    ("POST", "/sign-out"),
    ("POST", "/applications"),
    ("GET", f"{OWN}/answers/{{slot:str}}"),  # forms' addresses, which only lead back
    ("GET", f"{OWN}/heard/{{slot:str}}"),
}
PIECE = {"Content-Type": "application/partial-upload", "Upload-Offset": "0", "Upload-Length": "9"}
LENGTH = {"Upload-Length": "9"}
TERMS = OfferTerms(5_000_000, 24, 1_020, monthly_payment_fen(5_000_000, 1_020, 24))
APPROVAL = DecisionRecord(Lane.APPROVE, 0.03, 610, "B", "m", "p", make_snapshot(), TERMS, TERMS)


@dataclass(frozen=True, slots=True)
class Belongings:
    """What one person has: the application, a document with its pictures, a file on its way."""

    application: Application
    document: UUID
    upload: UUID

    def address(self, path: str) -> str:
        """The route's, filled in with what is theirs."""
        for name, value in (
            ("reference:str", self.application.reference),
            ("document_id:uuid", self.document),
            ("upload_id:uuid", self.upload),
            ("slot:str", "bank_card" if "/answers/" in path else "income_proof"),
            ("name:str", "net_pay"),
            ("number:int", 0),
        ):
            path = path.replace(f"{{{name}}}", str(value))
        return f"{path}?slot=name" if path.endswith("/proposal") else path


async def own(units: UnitsOfWork, files: FileStore, state: str) -> Belongings:
    application = await (make_filled(units) if state == "draft" else make_submitted(units))
    async with units.begin() as uow:
        locked = await get_application(uow, application.id, for_update=True)
        document = await find_document(uow, locked.id, "income_proof")
        assert document is not None
        for key in (page_key(document.id, 0), thumbnail_key(document.id)):
            await put_sealed(uow, files, locked.applicant_id, key, _picture())
        if state == "draft":
            upload = (await begin_upload(uow, files, locked, "income_proof", 9)).id
            return Belongings(locked, document.id, upload)
        await record_decision(uow, locked, APPROVAL)
        offer = await find_offer(uow, locked.id)
        assert offer is not None
        offer.cost_confirmed_at = now()
        await record_drawn(uow, files, locked, offer, b"%PDF-", locked.reference)
        await put_sealed(uow, files, locked.applicant_id, answers_key(locked.id), b"%PDF-")
        if state == "disbursed":
            await uow.change_state(locked, ApplicationState.SIGNED)
            await record_disbursement(uow, locked, offer, await intend_payout(uow, locked, offer), "B1")
        return Belongings(locked, document.id, uuid4())


def _picture() -> bytes:
    data = BytesIO()
    Image.new("RGB", (640, 400), "white").save(data, "JPEG")
    return data.getvalue()


async def ask(client: httpx.AsyncClient, method: str, address: str) -> int:
    return (await client.request(method, address, headers=PIECE if method == "PATCH" else LENGTH)).status_code


async def test_every_route_has_its_row(app: Litestar) -> None:
    routes = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/helpdesk")
        for method in set(route.methods) - {"OPTIONS"}
        if not (method == "HEAD" and "GET" in route.methods)
    }
    assert routes == set(OWNED) | OPEN


@pytest.mark.parametrize("state", ["draft", "approved", "disbursed"])
async def test_what_is_somebodys_is_nobody_elses(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, files: FileStore, state: str
) -> None:
    theirs = await own(units, files, state)
    mine = await make_draft(units)
    await sign_in(client, units, settings, mine.applicant_id)
    for method, path in OWNED:
        assert await ask(client, method, theirs.address(path)) == 404, (method, path)
        # Their document or file named under an application of mine is not mine either.
        if "_id:uuid}" in path:
            under_mine = theirs.address(path).replace(theirs.application.reference, mine.reference)
            assert await ask(client, method, under_mine) == 404, (method, path)


@pytest.mark.parametrize("who", ["nobody", *Role])
async def test_who_is_not_signed_in_as_an_applicant_is_sent_to(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, files: FileStore, who: Role | str
) -> None:
    theirs = await own(units, files, "draft")
    session_id = new_session_id()
    if isinstance(who, Role):
        staff = await make_staff(units, who)
        async with units.begin() as uow:
            session_id = await open_session(uow, staff_id=staff.id)
    client.cookies.set(cookie_name(settings), session_id)
    client.headers["X-CSRF-Token"] = csrf_token(session_id, settings)
    for method, path in OWNED:
        headers = PIECE if method == "PATCH" else LENGTH
        answer = await client.request(method, theirs.address(path), headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/start"), (method, path)


@pytest.mark.parametrize(("method", "path"), [row for row in OWNED if not row[1].endswith("/events")])
async def test_the_owner_gets_there(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, files: FileStore, method: str, path: str
) -> None:
    """Or the others' 404 would prove nothing. Sent empty, a form is refused for what it lacks."""
    mine = await own(units, files, OWNED[method, path])
    await sign_in(client, units, settings, mine.application.applicant_id)
    assert await ask(client, method, mine.address(path)) in {200, 201, 204, 303, 409, 422}
