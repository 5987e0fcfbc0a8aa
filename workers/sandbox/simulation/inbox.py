"""Reading the codes that arrive at the sandbox inbox."""

import asyncio
import time
from typing import Any

import httpx


class NoCode(Exception):
    """No code came in time."""


class Inbox:
    """The message gateway's stand-in, as its page reads it."""

    def __init__(self, base_url: str, http: httpx.AsyncClient) -> None:
        self._address = f"{base_url}/messages/v1/messages"
        self._http = http

    async def newest(self, mobile: str) -> int:
        """The number of the newest message to a phone, 0 without any: codes after it are new ones."""
        messages = await self._read(mobile)
        return int(messages[0]["number"]) if messages else 0

    async def wait_for_code(self, mobile: str, *, after: int, seconds: float = 30) -> str:
        """The first code that came after a message's number; raises NoCode."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in reversed(await self._read(mobile)):
                if message["number"] > after and message["code"]:
                    return str(message["code"])
            await asyncio.sleep(0.2)
        raise NoCode(f"no code within {seconds:g} s")

    async def _read(self, mobile: str) -> list[dict[str, Any]]:
        answer = await self._http.get(self._address, params={"to": mobile})
        answer.raise_for_status()
        messages: list[dict[str, Any]] = answer.json()
        return messages
