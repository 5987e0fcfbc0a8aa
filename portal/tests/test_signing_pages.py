"""Signing over HTTP: in its order only."""

import re

import httpx
import pytest

from portal.db.models import Application, Lane
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.money import monthly_payment_fen
from portal.offers.queries import find_offer
from portal.settings import Settings
from portal.signing.service import record_drawn
from portal.testing.cases import NAME, Case, make_snapshot, make_submitted, sign_in
from portal.testing.phone import read_codes
from portal.underwriting.service import DecisionRecord, OfferTerms, record_decision

MOBILE = "13800138000"
TERMS = OfferTerms(5_000_000, 24, 1_020, monthly_payment_fen(5_000_000, 1_020, 24))
APPROVAL = DecisionRecord(Lane.APPROVE, 0.03, 610, "B", "m", "p", make_snapshot(), TERMS, TERMS)


@pytest.fixture
async def approved(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, files: FileStore) -> Application:
    """The approved application, its contract drawn, of the person who is signed in."""
    application = await make_submitted(units, Case(mobile=MOBILE))
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        await record_decision(uow, locked, APPROVAL)
        offer = await find_offer(uow, locked.id)
        assert offer is not None
        await record_drawn(uow, files, locked, offer, b"%PDF-", "HT1")
    await sign_in(client, units, settings, application.applicant_id)
    return application


async def confirm_costs(units: UnitsOfWork, application: Application) -> None:
    async with units.begin() as uow:
        offer = await find_offer(uow, application.id, for_update=True)
        assert offer is not None
        offer.cost_confirmed_at = now()


async def test_no_code_before_the_costs_are_confirmed(
    client: httpx.AsyncClient, units: UnitsOfWork, approved: Application
) -> None:
    address = f"/applications/{approved.reference}/sign"
    early = await client.post(f"{address}/code")
    assert (early.status_code, early.headers["location"]) == (303, address)
    assert await read_codes(units, MOBILE) == []
    assert (await client.post(address, data={"code": "123456", "read": "yes"})).status_code == 409
    await confirm_costs(units, approved)
    assert (await client.post(f"{address}/code")).status_code == 200
    assert len(await read_codes(units, MOBILE)) == 1


async def test_the_costs_are_those_of_the_contract_and_are_confirmed_but_once(
    client: httpx.AsyncClient, units: UnitsOfWork, approved: Application
) -> None:
    address = f"/applications/{approved.reference}/offer"
    async with units.begin() as uow:
        offer = await find_offer(uow, approved.id, for_update=True)
        assert offer is not None
        offer.annual_rate_bp = 1_800
    page = (await client.get(address)).text
    assert page.count("24.00%") == 2
    assert f'action="{address}"' in page
    async with units.begin() as uow:
        application = await uow.session.get_one(Application, approved.id)
        await uow.change_state(application, ApplicationState.SIGNED)
    assert f'action="{address}"' not in (await client.get(address)).text


async def test_a_withdrawn_offer_is_gone(client: httpx.AsyncClient, approved: Application) -> None:
    address = f"/applications/{approved.reference}"
    assert (await client.get(f"{address}/offer")).status_code == 200
    given_up = await client.post(f"{address}/withdraw")
    assert (given_up.status_code, given_up.headers["location"]) == (303, f"{address}/progress")
    assert "申请已撤回" in (await client.get(f"{address}/progress")).text
    assert (await client.get(f"{address}/offer")).status_code == 404
    assert (await client.post(f"{address}/offer", data={"read": "yes"})).status_code == 404


async def test_everything_that_is_wrong_is_said_at_once_and_what_is_right_is_kept(
    client: httpx.AsyncClient, units: UnitsOfWork, approved: Application
) -> None:
    address = f"/applications/{approved.reference}/sign"
    await confirm_costs(units, approved)
    await client.post(f"{address}/code")
    (code,) = await read_codes(units, MOBILE)
    nothing = await client.post(address, data={"typed_name": "", "code": ""})
    assert nothing.status_code == 422
    for name in ("read", "typed_name", "code"):
        assert f'href="#{name}"' in nothing.text
    half = await client.post(address, data={"read": "yes", "typed_name": "别人", "code": code})
    assert half.status_code == 422
    assert 'href="#typed_name"' in half.text
    assert 'href="#read"' not in half.text
    assert re.search(r'id="read"[^>]* checked', half.text)
    assert f'value="{code}"' in half.text
    assert (await client.post(address, data={"read": "yes", "typed_name": NAME, "code": code})).status_code == 303


async def test_a_wrong_code_keeps_the_tick_and_the_name(
    client: httpx.AsyncClient, units: UnitsOfWork, approved: Application
) -> None:
    address = f"/applications/{approved.reference}/sign"
    await confirm_costs(units, approved)
    await client.post(f"{address}/code")
    (code,) = await read_codes(units, MOBILE)
    wrong = "000000" if code != "000000" else "111111"
    answer = await client.post(address, data={"read": "yes", "typed_name": NAME, "code": wrong})
    assert answer.status_code == 422
    assert re.search(r'id="read"[^>]* checked', answer.text)
    assert f'value="{NAME}"' in answer.text
    assert f'value="{wrong}"' not in answer.text
