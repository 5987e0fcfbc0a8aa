"""What a stand-in remembers: one answer per idempotency key, in a small SQLite file that outlives a restart."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]

_SCHEMA = """
create table if not exists effect (
    key text primary key,
    fingerprint text not null,
    subject text unique,
    answer text not null,
    repeats integer not null default 0
)
"""


class KeyReused(Exception):
    """The idempotency key came back with another body."""


class SubjectUsed(Exception):
    """What may be used once (an authorisation) came back under another idempotency key."""


def connect(file: Path, schema: str) -> sqlite3.Connection:
    """Open a database that survives the process being killed (not the machine), creating what is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute(schema)
    return connection


class EffectStore:
    """Outside effects by idempotency key. Calls are short and made on the event loop, so none interleave."""

    def __init__(self, file: Path) -> None:
        self._database = connect(file, _SCHEMA)

    def once(
        self, key: str, body: Any, make: Callable[[], Answer], *, subject: str | None = None
    ) -> tuple[Answer, bool]:
        """The answer for `key` and whether it had been given before; `make` is called on the first time only."""
        fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
        known = self._database.execute("select fingerprint, answer from effect where key = ?", (key,)).fetchone()
        if known is not None:
            if known[0] != fingerprint:
                raise KeyReused
            self._database.execute("update effect set repeats = repeats + 1 where key = ?", (key,))
            return json.loads(known[1]), True
        answer = make()
        try:
            self._database.execute(
                "insert into effect (key, fingerprint, subject, answer) values (?, ?, ?, ?)",
                (key, fingerprint, subject, json.dumps(answer, ensure_ascii=False)),
            )
        except sqlite3.IntegrityError:
            raise SubjectUsed from None
        return answer, False

    def find(self, key: str) -> Answer | None:
        """The answer given for `key`."""
        row = self._database.execute("select answer from effect where key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def count(self) -> tuple[int, int]:
        """Distinct effects, and how often one of them was asked for again."""
        row = self._database.execute("select count(*), coalesce(sum(repeats), 0) from effect").fetchone()
        return int(row[0]), int(row[1])

    def total(self, field: str) -> int:
        """The sum of one integer field over all answers."""
        row = self._database.execute(
            "select coalesce(sum(json_extract(answer, '$.' || ?)), 0) from effect", (field,)
        ).fetchone()
        return int(row[0])
