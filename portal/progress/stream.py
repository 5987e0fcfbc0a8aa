"""One page's event stream: a snapshot first, then a message whenever there is something new, and a quick end.

A message is `<hx-partial>` elements, since that is what htmx swaps (a message with an event name is only dispatched).
The last message's id comes back as Last-Event-ID after a cut line; everything shown is read afresh, so the id only
keeps what was already announced from being announced again.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.domain.errors import XindaiError
from portal.progress.hub import EventHub

log = structlog.get_logger()

PING_SECONDS = 15.0
LIFE_SECONDS = 300.0
_JITTER_SECONDS = 30.0

PING = "event: ping\ndata:\n\n"
"""A named event: comments are invisible to the page, which reconnects after 40 s of silence."""
DONE = "event: done\ndata:\n\n"
"""Nothing more will come; the page closes the stream for good."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page shows as of event `last_event`. `html` is partials, `signals` are names dispatched as DOM events."""

    last_event: int
    html: str
    signals: tuple[str, ...] = ()
    over: bool = False


LoadFrame = Callable[[int | None], Coroutine[Any, Any, Frame]]
"""Called with the last event the page has seen; None stands for the first look, when nothing is announced."""


def partial(target: str, html: str, swap: str = "outerHTML") -> str:
    """One swap, `target` being an element id; a page without it skips it."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def message(frame: Frame) -> str:
    """The frame on the wire: each line of HTML is a data line."""
    lines = "".join(f"data: {line}\n" for line in frame.html.splitlines())
    signals = "".join(f"event: {name}\ndata:\n\n" for name in frame.signals)
    return f"id: {frame.last_event}\n{lines}\n{signals}"


def parse_last_event_id(header: str | None) -> int | None:
    """A number of ours, or nothing: what a client sends here is only ever compared."""
    return int(header) if header is not None and header.isascii() and header.isdigit() and len(header) < 12 else None


async def follow(
    hub: EventHub,
    application_id: UUID,
    owner: str | None,
    last_seen: int | None,
    load: LoadFrame,
    *,
    ping: float = PING_SECONDS,
    life: float = LIFE_SECONDS,
) -> AsyncGenerator[str, None]:
    """Messages until the page has seen everything, its time is up, or the process stops."""
    clock = asyncio.get_running_loop().time
    ends = clock() + life + random.uniform(-1, 1) * min(_JITTER_SECONDS, life / 10)  # noqa: S311 - spreads reconnects
    shown: int | None = None
    seen = last_seen
    try:
        async with hub.subscribe(application_id, owner) as news:
            while not news.ended:
                frame = await hub.read(load(seen))
                if frame.last_event != shown:
                    yield message(frame)
                    shown = seen = frame.last_event
                if frame.over:
                    yield DONE
                    return
                while not await news.wait(min(ping, max(0.0, ends - clock()))):
                    if news.ended or clock() >= ends:
                        return
                    yield PING
    except (SQLAlchemyError, OSError, XindaiError) as error:
        # The answer has begun, so there is no status left to tell it with: the page reconnects and finds out.
        log.warning("stream_cut", error=type(error).__name__)
