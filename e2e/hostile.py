"""People whose every word is an attack, put past the forms: as if a form, the reader or staff had let it through."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from e2e.server import Stack
from portal.accounts.sessions import open_session
from portal.db.engine import create_engine, create_sessions
from portal.db.models import Application, Role
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.db.vault import KeyRing
from portal.documents.files import FileStore, page_key, put_sealed, thumbnail_key
from portal.documents.queries import list_documents
from portal.documents.service import ReadField, ReadingRecord
from portal.jobs import SilentAnnouncer
from portal.settings import Settings
from portal.testing.cases import (
    Case,
    check,
    fill_draft,
    make_staff,
    make_submitted,
    read_back,
    read_front,
    read_payslip,
)
from workers.sandbox.specimens.id_card import render_id_front
from workers.sandbox.specimens.person import make_person
from workers.sandbox.specimens.photo import to_jpeg

T = TypeVar("T")

TEXTS = (
    '"><img src=x onerror="window.hit=1">',
    "<script>window.hit=1</script>",
    "</textarea></title><svg/onload=window.hit=1>",
    "<a href=javascript:window.hit=1 autofocus onfocus=window.hit=1>",
    '<hx-partial hx-target="body"><b id=hit></b></hx-partial>',
    "<div hx-get=/sign-out hx-trigger=load data-hx-on:load=window.hit=1>",
    "{{ 7*7 }} {% raw %} 100% %(name)s %s ${7*7}",
    "';window.hit=1;//\\u0022\u2028window.hit=1",
)
"""Every one short enough for the shortest field."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Two applications of hostile people, a draft and a submitted one; sessions for their owners and for an officer."""

    draft: Application
    submitted: Application
    drafter: str
    applicant: str
    officer: str


def plant(stack: Stack, text: str) -> Planted:
    """Through the product's own services, in its database."""

    async def write(units: UnitsOfWork, files: FileStore) -> Planted:
        case = _case(text)
        # The last question is open, so that the chat asks it with all the others above.
        draft = await fill_draft(units, replace(case, answers={**case.answers, "bank_card": None}))
        submitted = await make_submitted(units, replace(case, mobile=_next_mobile()))
        officer = await make_staff(units, Role.OFFICER)
        async with units.begin() as uow:
            for application in (draft, submitted):
                await _keep_pictures(uow, files, application)
            return Planted(
                draft,
                submitted,
                await open_session(uow, applicant_id=draft.applicant_id),
                await open_session(uow, applicant_id=submitted.applicant_id),
                await open_session(uow, staff_id=officer.id),
            )

    return _inside(stack, write)


def _case(text: str) -> Case:
    def spoil(reading: ReadingRecord) -> ReadingRecord:
        hostile = {
            name: field if name in ("valid_to", "valid_from", "birth_date", "gross_pay", "net_pay", "id_number", "sex")
            else ReadField(text, field.confidence, 0, field.box)
            for name, field in reading.fields.items()
        }  # fmt: skip
        doubt = {**check("hostile", passed=False), "zh": text, "en": text}
        return replace(reading, fields=hostile, checks=(*reading.checks, doubt))

    readings = {"id_front": spoil(read_front()), "id_back": spoil(read_back()), "income_proof": spoil(read_payslip())}
    return Case(answers={"name": text, "employer": text}, readings=readings, mobile=_next_mobile())


def _next_mobile() -> str:
    return f"137{secrets.randbelow(10**8):08d}"


async def _keep_pictures(uow: UnitOfWork, files: FileStore, application: Application) -> None:
    picture = to_jpeg(render_id_front(make_person(1)))
    for document in (await list_documents(uow, application.id)).values():
        for key in (page_key(document.id, 0), thumbnail_key(document.id)):
            await put_sealed(uow, files, application.applicant_id, key, picture)


def _inside(stack: Stack, act: Callable[[UnitsOfWork, FileStore], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        settings = Settings(home=stack.home)
        engine = create_engine(settings.database_url, pool_size=2)
        keys = KeyRing.from_config(settings.data_keys.get_secret_value(), settings.secret_key.get_secret_value())
        files = FileStore(settings.storage_url)
        try:
            return await act(UnitsOfWork(create_sessions(engine), keys, SilentAnnouncer()), files)
        finally:
            await engine.dispose()

    # In a thread of its own: the browser's loop runs in this one.
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, run()).result()
