"""The piece of the picture beside a value: the owner's only, cut from the page as kept."""

from io import BytesIO

import httpx
import pytest
from PIL import Image, ImageDraw

from portal.db.models import Application
from portal.db.uow import UnitsOfWork
from portal.documents.crops import cut_out
from portal.documents.files import FileStore, page_key, put_sealed
from portal.documents.service import find_document
from portal.domain.errors import NotFound
from portal.settings import Settings
from portal.testing.cases import BOX, fill_draft, sign_in
from portal.testing.factories import make_draft


def page() -> bytes:
    """White, with the box that the readings of tests point at in black."""
    picture = Image.new("RGB", (640, 400), "white")
    ImageDraw.Draw(picture).rectangle(BOX, fill="black")
    data = BytesIO()
    picture.save(data, "JPEG", quality=95)
    return data.getvalue()


async def kept(units: UnitsOfWork, files: FileStore) -> tuple[Application, str]:
    """A draft whose portrait side is kept; the address of its crops."""
    application = await fill_draft(units)
    async with units.begin() as uow:
        front = await find_document(uow, application.id, "id_front")
        assert front is not None
        await put_sealed(uow, files, application.applicant_id, page_key(front.id, 0), page())
    return application, f"/applications/{application.reference}/documents/{front.id}/crops"


async def test_the_owner_sees_the_value_with_a_margin(
    client: httpx.AsyncClient, units: UnitsOfWork, files: FileStore, settings: Settings
) -> None:
    application, crops = await kept(units, files)
    await sign_in(client, units, settings, application.applicant_id)
    answer = await client.get(f"{crops}/id_number")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert "sandbox" in answer.headers["content-security-policy"]
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.size == (218, 78)  # 190 × 50 and a margin of 18, as far as the page goes
        assert picture.convert("L").getpixel((100, 40)) < 30  # type: ignore[operator]
        assert picture.convert("L").getpixel((214, 74)) > 220  # type: ignore[operator]
    for name in ("nothing", "address"):
        assert (await client.get(f"{crops}/{name}")).status_code == 404


async def test_nobody_else_does(
    client: httpx.AsyncClient, units: UnitsOfWork, files: FileStore, settings: Settings
) -> None:
    _, crops = await kept(units, files)
    assert (await client.get(f"{crops}/id_number")).status_code in (302, 303, 401)
    other = await make_draft(units, mobile="13912340000")
    await sign_in(client, units, settings, other.applicant_id)
    assert (await client.get(f"{crops}/id_number")).status_code == 404


def test_a_frame_outside_the_page_shows_nothing() -> None:
    with pytest.raises(NotFound):
        cut_out(page(), (700, 10, 800, 60))
