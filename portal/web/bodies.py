"""Request bodies: bounded in time and size, and read to their end before the answer leaves.

A server that closes a connection with unread data resets it, and the browser shows its own error page instead of our
sentence. So what a handler didn't want (a file too large, a form from a session that is over) is read and dropped.
"""

import asyncio
from contextlib import suppress

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from portal.domain.errors import Invalid, XindaiError
from portal.domain.text import N_

SECONDS = 300.0
"""For a whole body: 20 MB over 0.6 Mbit/s, which is a bad day of a phone."""
MOST_TEXT = 1024 * 1024
"""Bytes of a form without files; a drawn signature is the largest thing in any of ours."""
MOST_DROPPED = 1024 * 1024 * 1024
"""Bytes read at most, even if only to be dropped; then the connection is cut after all."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TooSlow(XindaiError):
    """The body did not arrive within its time."""

    status = 408
    public = N_("网络太慢，内容没有传完。之前填写的都已保存，请换个网络好的地方再试。")


class FinishBodies(ASGIMiddleware):
    """Around every handler, outside the exception handlers: their answers wait for the body as well."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Safe methods have no body worth a thought."""
        if scope.get("method") in _SAFE:
            await next_app(scope, receive, send)
            return
        body = _Body(receive, dict(scope["headers"]).get(b"content-type", b""))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await body.drop_rest()
            await send(message)

        await next_app(scope, body.receive, answer)


class _Body:
    def __init__(self, receive: Receive, content_type: bytes) -> None:
        self._receive = receive
        self._most = None if content_type.lower().startswith(b"multipart/") else MOST_TEXT
        self._deadline = asyncio.get_running_loop().time() + SECONDS
        self._over = False
        self._bytes = 0

    async def receive(self) -> HTTPReceiveMessage:
        """Raises TooSlow, or Invalid when it is too long."""
        message = await self._next()
        if self._most is not None and self._bytes > self._most:
            raise Invalid(public=N_("内容太长，请缩短后再提交。"))
        return message

    async def drop_rest(self) -> None:
        with suppress(TooSlow):
            while not self._over and self._bytes < MOST_DROPPED:
                await self._next()

    async def _next(self) -> HTTPReceiveMessage:
        if self._over:  # what comes now is the news that the client left
            return await self._receive()  # type: ignore[return-value]
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._over = True
            raise TooSlow from None
        self._bytes += len(message.get("body") or b"")  # type: ignore[arg-type]
        self._over = message["type"] != "http.request" or not message.get("more_body", False)
        return message  # type: ignore[return-value]
