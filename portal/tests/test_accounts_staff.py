import asyncio

import httpx
import pyotp
import pytest

from portal.accounts.staff import SignInRefused, enrol, sign_in_staff
from portal.db.models import Role, Staff
from portal.db.uow import UnitsOfWork
from portal.testing.phone import Phone

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "correct horse battery"


@pytest.fixture
async def officer(units: UnitsOfWork) -> Staff:
    async with units.begin() as uow:
        return await enrol(uow, "li.na", "李娜", Role.OFFICER, PASSWORD, SECRET)


def code() -> str:
    return pyotp.TOTP(SECRET).now()


async def attempt(units: UnitsOfWork, login: str, password: str, totp: str) -> str:
    async with units.begin() as uow:
        try:
            return (await sign_in_staff(uow, login, password, totp)).name
        except SignInRefused:
            return "refused"


async def test_password_and_code_let_in_once(units: UnitsOfWork, officer: Staff) -> None:
    totp = code()
    assert await attempt(units, " Li.Na ", PASSWORD, totp) == "李娜"
    assert await attempt(units, "li.na", PASSWORD, totp) == "refused"


async def test_one_code_lets_one_of_two_in(units: UnitsOfWork, officer: Staff) -> None:
    totp = code()
    answers = await asyncio.gather(*(attempt(units, "li.na", PASSWORD, totp) for _ in range(4)))
    assert sorted(answers) == ["refused", "refused", "refused", "李娜"]


@pytest.mark.parametrize(
    ("login", "password", "totp"),
    [("li.na", "wrong", None), ("nobody", PASSWORD, None), ("li.na", PASSWORD, "000000"), ("li.na", PASSWORD, "")],
)
async def test_anything_wrong_is_refused_alike(
    units: UnitsOfWork, officer: Staff, login: str, password: str, totp: str | None
) -> None:
    if totp == code():
        totp = "000001"
    assert await attempt(units, login, password, code() if totp is None else totp) == "refused"


async def test_an_inactive_account_stays_out(units: UnitsOfWork, officer: Staff) -> None:
    async with units.begin() as uow:
        (await uow.session.get_one(Staff, officer.id)).active = False
    assert await attempt(units, "li.na", PASSWORD, code()) == "refused"


async def test_signing_in_and_out_by_form(client: httpx.AsyncClient, officer: Staff) -> None:
    phone = Phone(client)
    await phone.open("/helpdesk/sign-in")
    before = client.cookies["xindai"]
    answer = await client.post(
        "/helpdesk/sign-in", data={**phone.hidden, "login": "li.na", "password": PASSWORD, "code": code()}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/helpdesk")
    signed_in = client.cookies["xindai"]
    assert signed_in != before
    again = await client.get("/helpdesk/sign-in")
    assert again.headers["location"] == "/helpdesk"
    await phone.open("/start")
    out = await client.post("/sign-out", data=phone.hidden)
    assert out.headers["location"] == "/helpdesk/sign-in"
    client.cookies.set("xindai", signed_in, domain="portal.test", path="/")
    assert (await client.get("/helpdesk/sign-in")).status_code == 200


async def test_guesses_at_once_count_as_those_one_after_the_other(client: httpx.AsyncClient, officer: Staff) -> None:
    phone = Phone(client)
    await phone.open("/helpdesk/sign-in")
    guesses = [{**phone.hidden, "login": "li.na", "password": f"guess {n}", "code": "123456"} for n in range(12)]
    answers = await asyncio.gather(*(client.post("/helpdesk/sign-in", data=guess) for guess in guesses))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {422, 429}
    assert statuses.count(422) <= 5  # fewer where the machine is so busy that the queue is given up


async def test_five_failures_shut_the_door(client: httpx.AsyncClient, officer: Staff) -> None:
    phone = Phone(client)
    await phone.open("/helpdesk/sign-in")
    for _ in range(5):
        await phone.send("/helpdesk/sign-in", login="li.na", password="wrong", code="123456")
        assert phone.status == 422
        assert 'value="li.na"' in phone.page
        assert "错误：" in phone.page
    await phone.send("/helpdesk/sign-in", login="li.na", password=PASSWORD, code=code())
    assert phone.status == 429
    assert "操作太频繁" in phone.text
