"""`xindai simulate` against the running product, and what it leaves behind."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from redis import Redis

from e2e.server import Stack
from portal.settings import ROOT, runtime_dir
from workers.sandbox.simulate import borrower_of_run

SEED = 36


@pytest.fixture(scope="module")
def simulated(stack: Stack) -> str:
    """What the command printed; a fault of ours while it ran fails here."""
    position = stack.log_size()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "portal.cli", "simulate", "1", "--url", stack.url, "--seed", str(SEED), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not stack.trouble_since(position)
    return done.stdout


def test_one_person_applies_over_http(simulated: str) -> None:
    summary = json.loads(simulated)
    assert summary["outcomes"]["approved"] == 1
    assert 0 < summary["submit_to_decision"]["p50"] < summary["whole"]["p50"]


@pytest.mark.usefixtures("simulated")
def test_the_person_stands_nowhere_in_clear(stack: Stack) -> None:
    """Not in a row, a job, a limit, a file or a line of the log; only the stand-ins, which are outside, may know."""
    borrower = borrower_of_run(SEED, 1)
    marks = {
        "name": borrower.person.name,
        "address": borrower.person.address,
        **{slot: borrower.answers[slot] for slot in ("id_number", "bank_card", "employer")},
        "mobile": borrower.mobile,
    }
    places = {
        "database": _database_elsewhere(stack),
        "redis": b"\n".join(_redis(stack)),
        "log": stack.log.read_bytes(),
        "files": b"\n".join(path.read_bytes() for path in (stack.home / "files").rglob("*") if path.is_file()),
    }
    assert all(places.values())
    found = [
        (place, mark)
        for place, kept in places.items()
        for mark, value in marks.items()
        if any(written in kept for written in _written(value))
    ]
    assert not found


def _written(value: str) -> Iterator[bytes]:
    """As it is, and in the ways that rows, queues and addresses write it."""
    plain = value.encode()
    yield from (plain, plain.hex().encode(), quote(value).encode(), json.dumps(value)[1:-1].encode())
    yield base64.b64encode(plain[: len(plain) // 3 * 3])


def _database_elsewhere(stack: Stack) -> bytes:
    """The browser's loop is this thread's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _database(stack)).result()


async def _database(stack: Stack) -> bytes:
    """Every row of every table as text."""
    connection = await asyncpg.connect(host=str(runtime_dir(stack.home)), user="postgres", database="xindai")
    try:
        tables = await connection.fetch("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
        rows = [row[0] for (table,) in tables for row in await connection.fetch(f"select t::text from {table} t")]  # noqa: S608
    finally:
        await connection.close()
    return "\n".join(rows).encode()


def _redis(stack: Stack) -> Iterator[bytes]:
    """Every key with what it holds."""
    with Redis(port=(urlsplit(stack.url).port or 0) + 2) as redis:
        redis.config_set("rdbcompression", "no")  # DUMP packs long texts otherwise
        for key in redis.scan_iter():
            yield key
            yield redis.dump(key) or b""
