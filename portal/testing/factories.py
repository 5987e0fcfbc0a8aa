"""Rows that tests begin with."""

from itertools import count
from uuid import uuid4

from portal.db.models import Applicant, Application, EventHead
from portal.db.uow import UnitsOfWork
from portal.script.catalogue import scripts

_mobiles = count(13900000000)


async def make_draft(units: UnitsOfWork, *, mobile: str | None = None) -> Application:
    """A committed draft of a new applicant, without answers."""
    mobile = mobile or str(next(_mobiles))
    async with units.begin() as uow:
        person = uuid4()
        cipher = await uow.cipher(person)
        uow.session.add(
            Applicant(
                id=person,
                mobile_index=uow.keys.blind_index("mobile", mobile),
                mobile=cipher.seal(f"applicant.mobile.{person}", mobile),
            )
        )
        await uow.session.flush()
        application = Application(
            reference=f"XD{uuid4().hex[:10].upper()}", applicant_id=person, script_version=scripts().current
        )
        uow.session.add(application)
        await uow.session.flush()
        uow.session.add(EventHead(application_id=application.id))
    return application
