import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from portal.domain.clock import now
from scoring.report import parse_report
from workers.bureau.client import AuthorisationProof, HttpBureau, connect_bureau
from workers.outside import OutsideRefused, OutsideUnavailable
from workers.sandbox.personas import PERSONAS, get_persona
from workers.tests.conftest import Sandbox
from workers.tests.test_outside import canned, http

pytestmark = pytest.mark.usefixtures("swift_retries")


def proof() -> AuthorisationProof:
    return AuthorisationProof(uuid4(), "b" * 64, now() - timedelta(minutes=1), now() + timedelta(days=30))


async def query(bureau: HttpBureau, **changes: Any) -> dict[str, Any]:
    person = get_persona("approve").person
    asked: dict[str, Any] = {
        "id_number": person.id_number,
        "name": person.name,
        "authorisation": proof(),
        "idempotency_key": str(uuid4()),
    }
    return await bureau.query(**(asked | changes))


async def test_a_report_is_fetched_and_checked(sandbox: Sandbox) -> None:
    outside, bureau = connect_bureau(f"{sandbox.url}/bureau", "test")
    async with outside:
        assert parse_report(await query(bureau)).found


async def test_every_persona_has_a_report(sandbox: Sandbox) -> None:
    outside, bureau = connect_bureau(f"{sandbox.url}/bureau", "test")
    async with outside:
        for persona in PERSONAS:
            if not persona.outage_seconds:
                report = await query(bureau, id_number=persona.person.id_number, name=persona.person.name)
                assert report["found"] == (persona.slug != "no_file")


async def test_the_same_key_costs_one_query(sandbox: Sandbox) -> None:
    outside, bureau = connect_bureau(f"{sandbox.url}/bureau", "test")
    before = sandbox.stats("bureau")["queries"]
    same = {"authorisation": proof(), "idempotency_key": str(uuid4())}
    sandbox.order("bureau", fail="accept_then_drop", fail_next=2)
    async with outside:
        reports = [await query(bureau, **same) for _ in range(2)]
    assert reports[0] == reports[1]
    assert sandbox.stats("bureau")["queries"] == before + 1


async def test_an_expired_authorisation_never_leaves_the_house(sandbox: Sandbox) -> None:
    outside, bureau = connect_bureau(f"{sandbox.url}/bureau", "test")
    before = sandbox.stats("bureau")["requests"]
    late = replace(proof(), expires_at=now() - timedelta(seconds=1))
    async with outside:
        with pytest.raises(OutsideRefused, match="authorisation_expired"):
            await query(bureau, authorisation=late)
    assert sandbox.stats("bureau")["requests"] == before


async def test_a_used_authorisation_is_refused(sandbox: Sandbox) -> None:
    outside, bureau = connect_bureau(f"{sandbox.url}/bureau", "test")
    used = proof()
    async with outside:
        await query(bureau, authorisation=used)
        with pytest.raises(OutsideRefused) as caught:
            await query(bureau, authorisation=used)
    assert (caught.value.answer_status, caught.value.reason) == (403, "authorisation_used")


async def test_a_wrong_report_is_no_evidence() -> None:
    report = {"report_id": "R", "issued_at": now().isoformat(), "found": "yes", "accounts": [], "inquiries": []}
    async with canned(http("200 OK", json.dumps(report).encode())) as (outside, asked):
        with pytest.raises(OutsideUnavailable, match="report: found"):
            await query(HttpBureau(outside))
    assert len(asked) == 1


async def test_many_at_once(sandbox: Sandbox) -> None:
    outside, bureau = connect_bureau(f"{sandbox.url}/bureau", "test")
    before = sandbox.stats("bureau")["queries"]
    async with outside:
        await asyncio.gather(*(query(bureau) for _ in range(30)))
    assert sandbox.stats("bureau")["queries"] == before + 30
