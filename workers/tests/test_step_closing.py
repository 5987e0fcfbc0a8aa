"""From approval to the money: contract, cost statement, signature, seal, payout; against the sandbox bank."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from portal.accounts.service import WrongCode, issue_code
from portal.applications.queries import get_application, read_applicant
from portal.db.models import (
    Application,
    CodePurpose,
    Contract,
    ContractState,
    Notice,
    Offer,
    OneTimeCode,
    Payout,
    PayoutState,
    StepRun,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore, get_sealed
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid
from portal.domain.workflow import Step, StepState
from portal.offers.queries import find_offer
from portal.offers.service import READING_TIME, confirm_cost_statement, show_cost_statement
from portal.servicing.queries import find_payout, list_installments
from portal.settings import Settings
from portal.signing.queries import find_contract
from portal.signing.service import SigningForm, sign
from portal.testing.cases import ANSWERS, NAME, make_submitted
from workers.disburse import Disburse
from workers.draw_contract import DrawContract
from workers.payout.client import connect_core_banking
from workers.seal_contract import SealContract
from workers.signing.pki import Pki
from workers.signing.verify import Finding, verify
from workers.testing import drain, unpark
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps, reload, run_of
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

CLOSING = PROCEDURES | {
    Step.DRAW_CONTRACT: DrawContract(),
    Step.SEAL_CONTRACT: SealContract(),
    Step.DISBURSE: Disburse(),
}


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    line, bank = connect_core_banking(f"{sandbox.url}/bank", "test")
    async with line, open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        ready.bank = bank
        yield ready
        ready.cpu_pool.close()


async def approved(work: Work) -> Application:
    application = await make_submitted(work.units)
    await drain(work, CLOSING)
    return await reload(work.units, application)


async def confirm_costs(units: UnitsOfWork, application: Application) -> None:
    async with units.begin() as uow:
        offer = await find_offer(uow, application.id, for_update=True)
        assert offer is not None
        await show_cost_statement(uow, application, offer)
        assert offer.cost_shown_at is not None
        offer.cost_shown_at -= READING_TIME
        await confirm_cost_statement(uow, application, offer, ticked=True)


async def send_code(units: UnitsOfWork, application: Application) -> str:
    """The code as the borrower's phone would show it."""
    async with units.begin() as uow:
        contract = await find_contract(uow, application.id)
        mobile = await mobile_of(units, application)
        await issue_code(uow, mobile, CodePurpose.SIGN_CONTRACT, scope=str(contract.id if contract else ""))
        newest = select(Notice).where(col(Notice.name) == "sign_contract_code").order_by(col(Notice.created_at).desc())
        notice = (await uow.session.exec(newest)).first()
        assert notice is not None
        data = (await uow.cipher(notice.person_id)).open(f"notice.data.{notice.id}", notice.data)
        return str(json.loads(data)["code"])


async def mobile_of(units: UnitsOfWork, application: Application) -> str:
    async with units.begin() as uow:
        return (await read_applicant(uow, application)).mobile


async def sign_it(units: UnitsOfWork, application: Application, form: SigningForm) -> None:
    async with units.begin() as uow:
        locked = await get_application(uow, application.id, for_update=True)
        offer = await find_offer(uow, application.id)
        contract = await find_contract(uow, application.id, for_update=True)
        assert offer is not None
        assert contract is not None
        await sign(uow, locked, offer, contract, form, session_id="session", ip="127.0.0.1")


async def signed(work: Work) -> Application:
    application = await approved(work)
    await confirm_costs(work.units, application)
    code = await send_code(work.units, application)
    await sign_it(work.units, application, SigningForm(NAME, "", code, read=True))
    return await reload(work.units, application)


async def test_a_signed_contract_is_sealed_and_paid_out_once(work: Work, sandbox: Sandbox, settings: Settings) -> None:
    before = sandbox.stats("bank")["payouts"]
    application = await signed(work)
    assert application.state is ApplicationState.SIGNED
    await drain(work, CLOSING)
    application = await reload(work.units, application)
    assert application.state is ApplicationState.DISBURSED
    assert sandbox.stats("bank")["payouts"] == before + 1
    async with work.units.begin() as uow:
        contract = await find_contract(uow, application.id)
        offer = await find_offer(uow, application.id)
        payout = await find_payout(uow, application.id)
        rows = await list_installments(uow, application.id)
        assert contract is not None
        assert offer is not None
        assert payout is not None
        pdf = await get_sealed(uow, work.files, application.applicant_id, contract.sealed_key or "")
    assert contract.state is ContractState.SEALED
    pki = Pki.load_or_create(settings.home / "pki", settings.lender_name)
    assert (await asyncio.to_thread(verify, pdf, pki.trust_roots)).finding is Finding.SOUND
    assert (payout.state, payout.amount_fen) == (PayoutState.PAID, offer.amount_fen)
    assert sum(row.principal_fen for row in rows) == offer.amount_fen
    assert len(rows) == offer.term_months == ANSWERS["term"]


async def test_a_bank_outage_waits_and_pays_once(work: Work, sandbox: Sandbox) -> None:
    application = await signed(work)
    before = sandbox.stats("bank")["payouts"]
    sandbox.order("bank", fail="accept_then_drop")
    await drain(work, CLOSING)
    run = await run_of(work.units, application.id, Step.DISBURSE)
    assert (run.state, run.reason) == (StepState.PARKED, "bank_unavailable")
    sandbox.order("bank")
    work.bank = connect_core_banking(f"{sandbox.url}/bank", "test")[1]  # a fresh breaker
    await unpark(work)
    await drain(work, CLOSING)
    assert (await reload(work.units, application)).state is ApplicationState.DISBURSED
    assert sandbox.stats("bank")["payouts"] == before + 1


async def test_costs_are_read_before_they_are_confirmed(work: Work) -> None:
    application = await approved(work)
    async with work.units.begin() as uow:
        offer = await find_offer(uow, application.id)
        assert offer is not None
        await show_cost_statement(uow, application, offer)
        with pytest.raises(Invalid, match="完整阅读"):
            await confirm_cost_statement(uow, application, offer, ticked=True)
        assert offer.cost_shown_at is not None
        offer.cost_shown_at -= READING_TIME
        with pytest.raises(Invalid, match="勾选"):
            await confirm_cost_statement(uow, application, offer, ticked=False)
        await confirm_cost_statement(uow, application, offer, ticked=True)
        assert offer.cost_confirmed_at is not None


async def test_nothing_is_signed_before_the_costs_are_confirmed(work: Work) -> None:
    application = await approved(work)
    with pytest.raises(Conflict, match="费用明细"):
        await sign_it(work.units, application, SigningForm(NAME, "", "123456", read=True))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"typed_name": "别人"}, "typed_name"),
        ({"read": False}, "read"),
        ({"drawing": "data:text/html,x"}, "typed_name"),
    ],
)
async def test_what_is_no_signature(work: Work, changes: dict[str, object], field: str) -> None:
    application = await approved(work)
    await confirm_costs(work.units, application)
    code = await send_code(work.units, application)
    form = replace(SigningForm(NAME, "", code, read=True), **changes)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        await sign_it(work.units, application, form)
    assert list(refused.value.fields) == [field]
    assert (await reload(work.units, application)).state is ApplicationState.APPROVED


async def test_a_code_for_signing_in_signs_nothing(work: Work) -> None:
    application = await approved(work)
    await confirm_costs(work.units, application)
    await send_code(work.units, application)
    async with work.units.begin() as uow:
        await uow.session.exec(update(OneTimeCode).values(purpose=CodePurpose.SIGN_IN))
    with pytest.raises(WrongCode):
        await sign_it(work.units, application, SigningForm(NAME, "", "000000", read=True))


async def test_an_expired_offer_is_not_signed(work: Work) -> None:
    application = await approved(work)
    await confirm_costs(work.units, application)
    async with work.units.begin() as uow:
        await uow.session.exec(update(Offer).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(Conflict):
        await sign_it(work.units, application, SigningForm(NAME, "", "000000", read=True))


async def test_signing_twice_is_signing_once(work: Work) -> None:
    application = await signed(work)
    await sign_it(work.units, application, SigningForm(NAME, "", "000000", read=True))
    await drain(work, CLOSING)
    async with work.units.begin() as uow:
        assert len(list(await uow.session.exec(select(Contract)))) == 1
        assert len(list(await uow.session.exec(select(Payout)))) == 1
        seals = select(StepRun).where(col(StepRun.step) == Step.SEAL_CONTRACT)
        assert len(list(await uow.session.exec(seals))) == 1
