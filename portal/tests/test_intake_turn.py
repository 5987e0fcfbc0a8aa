import httpx
from litestar import Litestar

from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.testing.desk import counted_statements
from portal.testing.factories import make_draft
from portal.testing.intake import NAME, READ, give_document
from portal.testing.phone import sign_in


async def test_a_turn_takes_four_statements(
    app: Litestar, client: httpx.AsyncClient, units: UnitsOfWork, files: FileStore
) -> None:
    """Who it is, the draft locked, everything that was said and read, and what is said now."""
    draft = await make_draft(units)
    for slot in ("id_front", "id_back"):
        await give_document(units, files, draft, slot, {"name": (NAME, 0.97)} if slot == "id_front" else READ[slot])
    phone = await sign_in(client, units, draft.applicant_id)
    for slot, value in (("amount", "50000"), ("term", "36"), ("marital_status", "married"), ("education", "college")):
        await phone.open(f"/applications/{draft.reference}/chat")
        with counted_statements() as sent:
            reply = await client.post(
                f"/applications/{draft.reference}/answers/{slot}",
                data={**phone.hidden, "value": value},
                headers={"HX-Request": "true"},
            )
        assert reply.status_code == 200
        assert len(sent) == 4, sent
