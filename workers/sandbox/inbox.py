"""The SMS and e-mail gateway's stand-in, and the inbox page where a newcomer reads codes and notices."""

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pyotp
from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, HeaderParameter, JSONBody
from litestar.response import Template
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, StringConstraints

from portal.domain.clock import CHINA, now
from workers.sandbox.faults import Control, Trouble, control_router
from workers.sandbox.store import connect

SHOWN = 100
STAFF_FILE = "seed-staff.json"

_SCHEMA = """
create table if not exists message (
    number integer primary key autoincrement,
    key text unique,
    channel text not null,
    recipient text not null,
    subject text not null default '',
    text text not null,
    html text not null default '',
    received_at text not null
)
"""
_ADDRESS = re.compile(r"(https?://[A-Za-z0-9._~:/?#@!$&*+,;=%-]*[A-Za-z0-9/=])")
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=80)]


class Sms(BaseModel):
    """One text message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{5,15}$")]
    text: Text


class Email(BaseModel):
    """One e-mail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    text: Text
    html: Annotated[str, StringConstraints(max_length=100_000)] = ""


@dataclass(frozen=True, slots=True)
class Message:
    """As the inbox shows it. `code`: the six digits of a one-time code, when the text holds any."""

    number: int
    channel: str
    to: str
    subject: str
    text: str
    received_at: datetime

    @property
    def code(self) -> str:
        """Shown large, to be typed on."""
        found = _CODE.search(self.text) if self.channel == "sms" else None
        return found[0] if found else ""

    @property
    def time(self) -> str:
        """China Standard Time."""
        return self.received_at.astimezone(CHINA).strftime("%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A seed login with its present TOTP code."""

    login: str
    password: str
    role: str
    code: str


def link_addresses(text: str) -> Markup:
    """Text as HTML with its web addresses as links; Chinese sentences run on without a space around them."""
    parts = _ADDRESS.split(text)  # every second part is an address
    link = Markup('<a href="{0}" rel="noreferrer">{0}</a>')
    return Markup("").join(link.format(part) if i % 2 else part for i, part in enumerate(parts))


class Inbox:
    """All messages, in a file."""

    def __init__(self, folder: Path, staff_file: Path) -> None:
        self._database = connect(folder / "messages.sqlite3", _SCHEMA)
        self._staff_file = staff_file

    def add(self, channel: str, message: Sms | Email, key: str | None) -> int:
        """Keep a message and return its number; the same key keeps one."""
        subject, html = (message.subject, message.html) if isinstance(message, Email) else ("", "")
        self._database.execute(
            "insert into message (key, channel, recipient, subject, text, html, received_at)"
            " values (?, ?, ?, ?, ?, ?, ?) on conflict (key) do nothing",
            (key, channel, message.to, subject, message.text, html, now().isoformat()),
        )
        row = self._database.execute(
            "select number from message where key = ?" if key else "select last_insert_rowid()", (key,) if key else ()
        ).fetchone()
        return int(row[0])

    def newest(self, to: str = "", limit: int = SHOWN) -> list[Message]:
        """Newest first; `to` keeps the recipients that contain it."""
        rows = self._database.execute(
            "select number, channel, recipient, subject, text, received_at from message"
            " where ? = '' or instr(recipient, ?) > 0 order by number desc limit ?",
            (to, to, limit),
        )
        return [
            Message(number, channel, recipient, subject, text, datetime.fromisoformat(at))
            for number, channel, recipient, subject, text, at in rows
        ]

    def count(self) -> int:
        """All messages ever received."""
        return int(self._database.execute("select count(*) from message").fetchone()[0])

    def staff(self) -> list[StaffLogin]:
        """Seed logins, if this is a machine with seed staff."""
        if not self._staff_file.exists():
            return []
        return [
            StaffLogin(row["login"], row["password"], row["role"], pyotp.TOTP(row["totp_secret"]).now())
            for row in json.loads(self._staff_file.read_text(encoding="utf-8"))
        ]


@post("/sms", status_code=202)
async def accept_sms(data: JSONBody[Sms], inbox: NamedDependency[Inbox], key: Key = None) -> dict[str, int]:
    """Take a text message."""
    return {"number": inbox.add("sms", data, key)}


@post("/emails", status_code=202)
async def accept_email(data: JSONBody[Email], inbox: NamedDependency[Inbox], key: Key = None) -> dict[str, int]:
    """Take an e-mail."""
    return {"number": inbox.add("email", data, key)}


@get("/v1/messages")
async def list_messages(inbox: NamedDependency[Inbox], to: FromQuery[str] = "") -> list[dict[str, Any]]:
    """What the page shows, as JSON, newest first."""
    return [
        {
            "number": m.number,
            "channel": m.channel,
            "to": m.to,
            "subject": m.subject,
            "text": m.text,
            "code": m.code,
            "received_at": m.received_at.isoformat(),
        }
        for m in inbox.newest(to)
    ]


@get("/")
async def show_inbox(
    request: Request[Any, Any, Any], inbox: NamedDependency[Inbox], to: FromQuery[str] = ""
) -> Template:
    """The page; its live parts are fetched again every two seconds by `inbox.js`, or by a plain reload."""
    wanted = to.strip()
    return Template(
        "inbox.html",
        context={
            "title": "收件箱",
            "messages": inbox.newest(wanted),
            "to": wanted,
            "staff": inbox.staff(),
            "seconds_left": 30 - int(time.time()) % 30,
        },
    )


@get("/control/stats")
async def show_stats(inbox: NamedDependency[Inbox], control: NamedDependency[Control]) -> dict[str, int]:
    """`messages` outlives a restart; `requests` and `failed` do not."""
    return {"messages": inbox.count(), "requests": control.requests, "failed": control.failed}


def messages_router(folder: Path, home: Path) -> Router:
    """`/messages`, with its memory in `folder`; seed logins are read from `home`."""
    control, inbox = Control(), Inbox(folder, home / STAFF_FILE)
    gateway = Router("/v1", route_handlers=[accept_sms, accept_email], middleware=[Trouble(lambda: control)])
    return Router(
        "/messages",
        route_handlers=[gateway, list_messages, show_inbox, control_router(control), show_stats],
        dependencies={
            "inbox": Provide(lambda: inbox, sync_to_thread=False),
            "control": Provide(lambda: control, sync_to_thread=False),
        },
    )
