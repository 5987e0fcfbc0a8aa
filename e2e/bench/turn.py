"""`python -m e2e.bench.turn`: what a turn of the chat costs: time in the server, statements, bytes on the line.

The whole portal answers in this process, on a PostgreSQL and a Valkey of its own; all that is typed or chosen in a
conversation is answered as htmx sends it, with the photographs read before, so that some answers confirm what was
read. The floor is a plain Litestar that takes the same form and gives back as many bytes, asked in the same way in the
same run: what is above it is ours. BEGIN, COMMIT and the pool's ping are no statements here; they are three more ways
to the database and back. The processor's time is that of this process, without PostgreSQL's.
"""

import argparse
import asyncio
import gzip
import logging
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Annotated

import httpx
from litestar import Litestar, MediaType, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from portal.db.engine import create_engine, create_sessions
from portal.db.uow import UnitsOfWork
from portal.db.vault import KeyRing
from portal.documents.files import FileStore
from portal.embedded.postgres import embedded_postgres
from portal.embedded.valkey import embedded_valkey
from portal.jobs import SilentAnnouncer
from portal.settings import ROOT, Settings
from portal.testing.desk import counted_statements
from portal.testing.factories import make_draft
from portal.testing.intake import ANSWERS, NAME, READ, give_document
from portal.testing.phone import sign_in
from portal.understanding.parse import warm_up
from portal.web.app import create_app

TURNS = {**ANSWERS, "amount": "50000"}
PAPERS = {**READ, "id_front": {"name": (NAME, 0.97)}}
TARGET_MILLISECONDS, TARGET_STATEMENTS, TARGET_BYTES = 12, 4, 6 * 1024
_KEYS, _SECRET = "bench:" + "A" * 43 + "=", "a secret for a bench only, long enough"
_BASE = "http://portal.test"


def main() -> None:
    """Prints medians over as many people as asked for."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.turn", description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    people = parser.parse_args().people
    home = TemporaryDirectory(prefix="xindai-bench-", ignore_cleanup_errors=True)
    with home as folder, embedded_postgres() as url, embedded_valkey() as valkey:
        environment = {**os.environ, "XINDAI_DATABASE_URL": url}
        subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, env=environment, check=True)
        settings = Settings(
            home=Path(folder),
            database_url=url,
            redis_url=valkey,
            secret_key=_SECRET,
            data_keys=_KEYS,
            base_url=_BASE,
            log_level="error",
        )
        asyncio.run(_measure(settings, people))


async def _measure(settings: Settings, people: int) -> None:
    logging.disable(logging.INFO)
    warm_up()
    portal = create_app(settings)
    engine = create_engine(settings.database_url, pool_size=2)
    units = UnitsOfWork(create_sessions(engine), KeyRing.from_config(_KEYS, _SECRET), SilentAnnouncer())
    times: list[float] = []
    worked: list[float] = []
    statements: list[int] = []
    sizes: list[int] = []
    floors: list[float] = []
    async with portal.lifespan():
        for _ in range(people):
            transport = httpx.ASGITransport(app=portal)  # type: ignore[arg-type] # Litestar's own ASGI types
            async with httpx.AsyncClient(transport=transport, base_url=_BASE) as browser:
                draft = await make_draft(units)
                for slot, read in PAPERS.items():
                    await give_document(units, FileStore("memory:///"), draft, slot, read)
                phone = await sign_in(browser, units, draft.applicant_id)
                await phone.open(f"/applications/{draft.reference}/chat")
                for slot, value in TURNS.items():
                    with counted_statements() as sent:
                        started, begun = perf_counter(), process_time()
                        reply = await browser.post(
                            f"/applications/{draft.reference}/answers/{slot}",
                            data={**phone.hidden, "value": value},
                            headers={"HX-Request": "true"},
                        )
                        times.append(perf_counter() - started)
                        worked.append(process_time() - begun)
                    reply.raise_for_status()
                    statements.append(len(sent))
                    sizes.append(len(gzip.compress(reply.content)))
                    floors.append(await _floor(reply.text, {**phone.hidden, "value": value}))
                    await phone.open(f"/applications/{draft.reference}/chat")
    await engine.dispose()
    ours, floor = median(times) * 1000, median(floors) * 1000
    print(f"{len(times)} turns: {ours:.1f} ms, {ours / floor:.1f} of the floor of {floor:.2f} ms")
    print(f"on the processor: {median(worked) * 1000:.1f} ms")
    print(f"statements: {median(statements):g}, at most {max(statements)}; compressed reply at most {max(sizes)} bytes")
    print(f"target {TARGET_MILLISECONDS} ms, {TARGET_STATEMENTS} statements, {TARGET_BYTES} bytes")


async def _floor(reply: str, sent: dict[str, str]) -> float:
    """Seconds that a plain Litestar takes for the same form and the same reply, warm."""

    @post("/turn", media_type=MediaType.HTML)
    async def turn(data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> str:
        return reply if data else ""

    transport = httpx.ASGITransport(app=Litestar([turn], openapi_config=None))  # type: ignore[arg-type] # as above
    async with httpx.AsyncClient(transport=transport, base_url=_BASE) as browser:
        (await browser.post("/turn", data=sent)).raise_for_status()
        started = perf_counter()
        await browser.post("/turn", data=sent)
        return perf_counter() - started


if __name__ == "__main__":
    main()
