from datetime import timedelta

from portal.accounts.sessions import end_session, end_staff_sessions, find_session, open_session
from portal.accounts.staff import enrol
from portal.db.models import Role
from portal.db.uow import UnitsOfWork
from portal.testing.factories import make_draft

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def test_a_session_is_its_owners(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        session_id = await open_session(uow, applicant_id=draft.applicant_id)
    async with units.begin() as uow:
        owner = await find_session(uow, session_id)
        assert owner is not None
        assert (owner.applicant_id, owner.staff) == (draft.applicant_id, None)
        assert await find_session(uow, session_id[::-1]) is None


async def test_an_ended_or_expired_session_is_nobodys(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        ended = await open_session(uow, applicant_id=draft.applicant_id)
        expired = await open_session(uow, applicant_id=draft.applicant_id, lifetime=timedelta(seconds=-1))
        await end_session(uow, ended)
        await end_session(uow, "never opened")
    async with units.begin() as uow:
        assert await find_session(uow, ended) is None
        assert await find_session(uow, expired) is None


async def test_a_staff_session_ends_with_the_account(units: UnitsOfWork) -> None:
    async with units.begin() as uow:
        staff = await enrol(uow, "li.na", "李娜", Role.OFFICER, "correct horse", SECRET)
        first = await open_session(uow, staff_id=staff.id)
        owner = await find_session(uow, first)
        assert owner is not None
        assert owner.staff is not None
        assert (owner.staff.login, owner.staff.role) == ("li.na", "officer")
        staff.active = False
        await uow.session.flush()
        assert await find_session(uow, first) is None
        staff.active = True
        await end_staff_sessions(uow, staff.id)
        assert await find_session(uow, first) is None
