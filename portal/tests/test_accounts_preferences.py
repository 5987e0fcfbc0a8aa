import httpx
import pytest

from portal.db.models import Applicant
from portal.db.uow import UnitsOfWork
from portal.testing.factories import make_draft
from portal.testing.phone import sign_in


@pytest.mark.parametrize(
    ("referer", "place"),
    [
        ("http://portal.test/start?x=1", "/start?x=1"),
        ("http://evil.test/start", "/"),
        ("http://portal.test//evil.test/", "/"),
        ("http://portal.test/preferences/type?size=large", "/"),
        ("not an address", "/"),
        (None, "/"),
    ],
)
async def test_a_preference_leads_back_to_our_own_page(
    client: httpx.AsyncClient, referer: str | None, place: str
) -> None:
    headers = {"referer": referer} if referer else {}
    answer = await client.get("/preferences/type?size=large", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert client.cookies["type_size"] == "large"


async def test_large_type_shows_on_the_page(client: httpx.AsyncClient) -> None:
    await client.get("/preferences/type?size=large")
    assert 'data-size="large"' in (await client.get("/")).text


async def test_language_is_kept_for_notices(client: httpx.AsyncClient, units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    await sign_in(client, units, draft.applicant_id)
    await client.get("/preferences/language?to=en")
    assert client.cookies["language"] == "en"
    async with units.begin() as uow:
        assert (await uow.session.get_one(Applicant, draft.applicant_id)).language == "en"
    await client.get("/preferences/language?to=martian")
    assert client.cookies["language"] == "zh"
