import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from portal.embedded.postgres import Postgres, embedded_postgres
from portal.embedded.process import EmbeddedError, lives
from portal.embedded.valkey import embedded_valkey
from portal.settings import runtime_dir

HOLD_A_SERVER = """
import sys
from pathlib import Path
from portal.embedded.postgres import embedded_postgres
with embedded_postgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: each new session of pytest closes that to others, and as root the database is `nobody`."""
    with TemporaryDirectory(prefix="xindai-test-", ignore_cleanup_errors=True) as made:
        yield Path(made)


async def _ask(url: str, *statements: str) -> str:
    """The first column of the last statement's first row."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            *changes, question = statements
            for change in changes:
                await connection.execute(text(change))
            return str((await connection.execute(text(question))).scalar())
    finally:
        await engine.dispose()


async def test_postgres_keeps_its_data_in_any_folder(folder: Path) -> None:
    home = folder / "a folder with spaces and 汉字" / ("long" * 30)
    home.mkdir(parents=True)
    with embedded_postgres(home) as url:
        assert (await _ask(url, "show server_version")).startswith("18.")
        assert await _ask(url, "show timezone") == "UTC"
        assert await _ask(url, "select current_database()") == "xindai"
        assert await _ask(url, "create table kept as select '信贷' as word", "select word from kept") == "信贷"
    assert not runtime_dir(home.resolve()).exists()
    with embedded_postgres(home) as url:
        assert await _ask(url, "select word from kept") == "信贷"


async def test_postgres_dies_with_its_killed_parent_and_recovers(folder: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_A_SERVER, str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    url = (await parent.stdout.readline()).decode().strip()
    checkpointer = await _ask(url, "select pid from pg_stat_activity where backend_type = 'checkpointer'")
    postmaster = psutil.Process(int(checkpointer)).parent()
    assert postmaster is not None
    await _ask(url, "create table kept as select 7 as n", "select 1")
    parent.kill()
    await parent.wait()
    with embedded_postgres(folder) as url:
        assert not lives(postmaster)
        assert await _ask(url, "select n from kept") == "7"


async def test_a_stale_pid_file_naming_a_stranger_is_no_obstacle(folder: Path) -> None:
    with embedded_postgres(folder):
        pass
    (folder / "pg" / "postmaster.pid").write_text(f"{os.getppid()}\n")
    with embedded_postgres(folder) as url:
        assert await _ask(url, "select 1") == "1"
    assert psutil.pid_exists(os.getppid())


def test_an_interrupted_first_start_begins_again(folder: Path) -> None:
    half = folder / "pg.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with embedded_postgres(folder):
        assert not half.exists()


def test_data_of_another_release_is_refused(folder: Path) -> None:
    data = folder / "pg"
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="holds PostgreSQL 16 data"):
        Postgres(data, runtime_dir(folder)).prepare()
    runtime_dir(folder).rmdir()


def test_a_socket_folder_planted_by_someone_is_refused(folder: Path) -> None:
    planted = folder / "planted"
    planted.symlink_to(folder)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        Postgres(folder / "pg", planted).prepare()


async def test_valkey_answers_and_ends(folder: Path) -> None:
    with embedded_valkey(folder) as url:
        async with Redis.from_url(url) as client:
            await client.set("wake", "up")
            assert await client.get("wake") == b"up"
            pid = int((await client.info())["process_id"])
    assert not psutil.pid_exists(pid)
