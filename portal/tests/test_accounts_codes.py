import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from portal.accounts import service
from portal.accounts.service import WrongCode, check_code, issue_code, sign_in_applicant
from portal.db.models import Applicant, CodePurpose, OneTimeCode
from portal.db.uow import UnitsOfWork
from portal.domain.clock import now
from portal.testing.phone import read_codes

MOBILE = "13800138000"


async def issue(units: UnitsOfWork, purpose: CodePurpose = CodePurpose.SIGN_IN, scope: str = "") -> bool:
    async with units.begin() as uow:
        return await issue_code(uow, MOBILE, purpose, scope)


async def check(
    units: UnitsOfWork, code: str, purpose: CodePurpose = CodePurpose.SIGN_IN, scope: str = ""
) -> str | None:
    """The refusal's sentence; what the check counted is committed, as a handler does."""
    async with units.begin() as uow:
        try:
            await check_code(uow, MOBILE, purpose, code, scope)
        except WrongCode as error:
            return error.public
    return None


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_code_opens_once(units: UnitsOfWork) -> None:
    assert await issue(units)
    [code] = await read_codes(units, MOBILE)
    assert await check(units, f" {code[:3]} {code[3:]} ") is None
    assert "失效" in str(await check(units, code))


async def test_the_code_is_nowhere_in_clear(units: UnitsOfWork) -> None:
    await issue(units)
    [code] = await read_codes(units, MOBILE)
    async with units.begin() as uow:
        row = (await uow.session.exec(select(OneTimeCode))).one()
    assert code.encode() not in row.code_hash
    assert MOBILE.encode() not in row.mobile_index


async def test_five_wrong_tries_spend_it(units: UnitsOfWork) -> None:
    await issue(units)
    [code] = await read_codes(units, MOBILE)
    for _ in range(5):
        assert "不正确" in str(await check(units, wrong(code)))
    assert "输错次数太多" in str(await check(units, code))


async def test_parallel_guesses_count_exactly(units: UnitsOfWork) -> None:
    await issue(units)
    [code] = await read_codes(units, MOBILE)
    answers = await asyncio.gather(*(check(units, wrong(code)) for _ in range(12)))
    assert sum("不正确" in str(answer) for answer in answers) == 5


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef"])
async def test_what_is_no_code_costs_no_try(units: UnitsOfWork, typed: str) -> None:
    await issue(units)
    assert "6 位数字" in str(await check(units, typed))
    async with units.begin() as uow:
        assert (await uow.session.exec(select(OneTimeCode.tries))).one() == 0


async def test_a_code_is_bound_to_its_purpose_and_scope(units: UnitsOfWork) -> None:
    await issue(units, CodePurpose.SIGN_CONTRACT, "contract-1")
    [code] = await read_codes(units, MOBILE)
    assert await check(units, code) is not None
    assert await check(units, code, CodePurpose.SIGN_CONTRACT, "contract-2") is not None
    assert await check(units, code, CodePurpose.SIGN_CONTRACT, "contract-1") is None


async def test_an_expired_code_opens_nothing(units: UnitsOfWork) -> None:
    async with units.begin() as uow:
        await issue_code(uow, MOBILE, CodePurpose.SIGN_IN, ttl=timedelta(seconds=-1))
    [code] = await read_codes(units, MOBILE)
    assert "失效" in str(await check(units, code))


async def test_one_code_in_thirty_seconds(units: UnitsOfWork) -> None:
    answers = await asyncio.gather(*(issue(units) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]
    assert len(await read_codes(units, MOBILE)) == 1


async def test_five_codes_an_hour(units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSE", timedelta(0))
    assert [await issue(units) for _ in range(6)] == [True] * 5 + [False]


async def test_ten_codes_a_day(units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now()
    for hours in range(20, 0, -2):
        monkeypatch.setattr(service, "now", lambda ago=timedelta(hours=hours): at - ago)
        assert await issue(units)
    monkeypatch.setattr(service, "now", lambda: at)
    assert not await issue(units)
    monkeypatch.setattr(service, "now", lambda: at + timedelta(hours=4, minutes=1))
    assert await issue(units)


async def test_how_long_until_another(units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(scope: str = "") -> int:
        async with units.begin() as uow:
            return await service.seconds_to_next_code(uow, MOBILE, CodePurpose.SIGN_IN, scope)

    at = now()
    monkeypatch.setattr(service, "now", lambda: at)
    assert await ask() == 0
    await issue(units)
    assert (await ask(), await ask("another contract")) == (30, 0)
    monkeypatch.setattr(service, "PAUSE", timedelta(0))
    for _ in range(4):
        await issue(units)
    assert await ask() == 3600


async def test_a_new_code_replaces_the_old(units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSE", timedelta(0))
    await issue(units)
    await issue(units)
    old, new = await read_codes(units, MOBILE)
    if old != new:
        assert await check(units, old) is not None
    assert await check(units, new) is None


async def test_signing_in_registers_once_and_finds_again(units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSE", timedelta(0))
    people = []
    for _ in range(2):
        await issue(units)
        async with units.begin() as uow:
            people.append(await sign_in_applicant(uow, MOBILE, (await read_codes(units, MOBILE))[-1], "en"))
    assert people[0] == people[1]
    async with units.begin() as uow:
        applicant = await uow.session.get_one(Applicant, people[0])
        cipher = await uow.cipher(applicant.id)
        assert cipher.open(f"applicant.mobile.{applicant.id}", applicant.mobile) == MOBILE
        assert applicant.language == "en"
        assert applicant.created_at <= now()


async def test_old_codes_go_but_a_contracts(units: UnitsOfWork) -> None:
    long_ago = now() - timedelta(days=2)
    async with units.begin() as uow:
        for purpose, created in (
            (CodePurpose.SIGN_IN, long_ago),
            (CodePurpose.SIGN_CONTRACT, long_ago),
            (CodePurpose.TRACK, now()),
        ):
            uow.session.add(
                OneTimeCode(mobile_index=b"m", purpose=purpose, code_hash=b"", created_at=created, expires_at=created)
            )
    async with units.begin() as uow:
        await service.drop_old_codes(uow)
        left = await uow.session.exec(select(OneTimeCode.purpose))
        assert set(left) == {CodePurpose.SIGN_CONTRACT, CodePurpose.TRACK}
