"""Request bodies: bounded in time, and read to their end before the connection is used again.

A server that closes a connection with unread data resets it, and the browser shows its own error page instead of our
sentence. So a refusal leaves at once, for those who listen while they send, but is not ended before what nobody wanted
(a file too large, a form from a session that is over, a body for an address that we don't have) is read and dropped.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from litestar import Request
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from portal.domain.errors import XindaiError
from portal.domain.text import N_

SECONDS = 300.0
"""For a whole body: 20 MB over 0.6 Mbit/s, which is a bad day of a phone."""
MOST_DROPPED = 1024 * 1024 * 1024
"""Bytes read at most, even if only to be dropped; then the connection is cut after all."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TooSlow(XindaiError):
    """The body did not arrive within its time."""

    status = 408
    public = N_("网络太慢，内容没有传完。之前填写的都已保存，请换个网络好的地方再试。")


class ClientLeft(XindaiError):
    """The connection ended in the middle of the body: nobody reads the answer."""

    status = 400


class FinishBodies:
    """Around the whole app, outside its routing: an address that we don't have has a body, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Safe methods have no body worth a thought."""
        if scope.get("method", "GET") in _SAFE:
            await self._app(scope, receive, send)
            return
        body = _Body(receive)

        async def answer(message: Message) -> None:
            if message["type"] != "http.response.body" or message.get("more_body", False) or body.over:
                await send(message)
                return
            await send({"type": "http.response.body", "body": message["body"], "more_body": True})
            await body.drop_rest()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        try:
            await self._app(scope, body.receive, answer)
        finally:
            if form := scope["state"].get("form"):
                form.close()


async def read_chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The body as it arrives; raises ClientLeft or TooSlow, at any chunk."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ClientLeft
        more = message.get("more_body", False)
        if message["body"]:
            yield message["body"]


class _Body:
    def __init__(self, receive: Receive) -> None:
        self.over = False
        self._receive = receive
        self._deadline = asyncio.get_running_loop().time() + SECONDS
        self._bytes = 0

    async def receive(self) -> HTTPReceiveMessage:
        """Raises TooSlow."""
        if self.over:  # what comes now is the news that the client left
            return await self._receive()  # type: ignore[return-value]
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.over = True
            raise TooSlow from None
        self._bytes += len(message.get("body") or b"")  # type: ignore[arg-type]
        self.over = message["type"] != "http.request" or not message.get("more_body", False)
        return message  # type: ignore[return-value]

    async def drop_rest(self) -> None:
        with suppress(TooSlow):
            while not self.over and self._bytes < MOST_DROPPED:
                await self.receive()
