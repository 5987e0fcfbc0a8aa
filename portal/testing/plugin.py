"""pytest fixtures on real parts: one PostgreSQL and one Valkey a session, a fresh migrated database a test."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from litestar import Litestar
from redis import Redis
from sqlalchemy.engine import make_url

from portal.db.engine import create_engine, create_sessions
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.db.vault import KeyRing
from portal.embedded.postgres import embedded_postgres
from portal.embedded.valkey import embedded_valkey
from portal.jobs import SilentAnnouncer
from portal.settings import ROOT, Settings
from portal.testing.s3 import BUCKET, S3, run_s3

if TYPE_CHECKING:
    from portal.documents.files import FileStore

_TEMPLATE = "xindai"
_KEYS = "test:" + "A" * 43 + "="
_SECRET = "a secret for tests only, long enough"  # noqa: S105 - it guards nothing
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated, empty database that tests copy."""
    with embedded_postgres() as url:
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env={**os.environ, "XINDAI_DATABASE_URL": url},
            check=True,
            capture_output=True,
        )
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey of the session's own."""
    with embedded_valkey() as url:
        yield url


def _administer(url: str, statement: str) -> None:
    """Run one statement on the maintenance database."""
    parts = make_url(url)

    async def run() -> None:
        connection = await asyncpg.connect(host=str(parts.query["host"]), user="postgres", database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A database of this test's own."""
    name = f"test_{next(_numbers)}"
    _administer(postgres_url, f"create database {name} template {_TEMPLATE}")
    yield postgres_url.replace(f"/{_TEMPLATE}?", f"/{name}?")
    _administer(postgres_url, f"drop database {name} with (force)")


@pytest.fixture
def settings(database_url: str, valkey_url: str, tmp_path: Path) -> Settings:
    """Settings of a development machine whose home is a temporary folder, and whose Valkey no test before has used."""
    with Redis.from_url(valkey_url) as valkey:
        valkey.flushall()
    return Settings(
        home=tmp_path,
        database_url=database_url,
        redis_url=valkey_url,
        secret_key=_SECRET,
        data_keys=_KEYS,
        base_url="http://portal.test",
        log_level="error",
    )


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 API of the session's own."""
    with run_s3() as server:
        yield server


@pytest.fixture
def bucket_url(s3: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place in a bucket of this test's own, with the environment that leads there."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/test-{next(_numbers)}"


@pytest.fixture
def keys() -> KeyRing:
    """The key ring of `settings`."""
    return KeyRing.from_config(_KEYS, _SECRET)


@pytest.fixture
async def units(settings: Settings, keys: KeyRing) -> AsyncIterator[UnitsOfWork]:
    """Units of work on the test's database; nothing is announced."""
    engine = create_engine(settings.database_url, pool_size=5)
    yield UnitsOfWork(create_sessions(engine), keys, SilentAnnouncer())
    await engine.dispose()


@pytest.fixture
async def uow(units: UnitsOfWork) -> AsyncIterator[UnitOfWork]:
    """One open unit of work; the test may commit it to let others see."""
    async with units.sessions() as session:
        yield UnitOfWork(session, units.keys, units.announcer)


@pytest.fixture
def files(settings: Settings) -> "FileStore":
    """The file store of `settings`."""
    from portal.documents.files import FileStore  # noqa: PLC0415 - the same

    return FileStore(settings.storage_url)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """The whole portal, started, in the test's own loop."""
    from portal.understanding.parse import warm_up  # noqa: PLC0415 - services can be tested while no page is
    from portal.web.app import create_app  # noqa: PLC0415 - the same

    # Learned within a request, on a busy machine, it would keep its transaction idle for too long.
    warm_up()
    portal = create_app(settings)
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with portal.lifespan():
            started.set()
            await over.wait()

    # A fixture's two halves run in different tasks, and the lifespan has to end in the one it began in.
    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        life.result()
    yield portal
    over.set()
    await life


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without script: keeps cookies, does not follow redirects."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as browser:
        yield browser
