"""Calling the outside world: time-outs, few retries, a circuit breaker, and no trust in what comes back.

One `Outside` per service and process. Its address is fixed by the settings, redirects are not followed, proxies of the
environment are ignored. No body, header or full address ever gets into a log line or an exception.
"""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import stamina
import structlog
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from portal.domain.errors import Unavailable, XindaiError

log = structlog.get_logger()

_REASON_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BUSY = frozenset({408, 425, 429})


class OutsideUnavailable(Unavailable):
    """The service can't answer now; `retry_after` is in seconds. What was sent may or may not have arrived."""

    def __init__(self, service: str, retry_after: int, reason: str, *, worth_retrying: bool = True) -> None:
        self.service = service
        self.reason = reason
        self.worth_retrying = worth_retrying
        super().__init__(retry_after)

    def __str__(self) -> str:
        return f"{self.service}: {self.reason}"


class OutsideRefused(XindaiError):
    """The service said no for good, with HTTP status `answer_status` and a code such as `account_invalid`."""

    status = 502

    def __init__(self, service: str, answer_status: int, reason: str) -> None:
        self.service = service
        self.answer_status = answer_status
        self.reason = reason
        super().__init__()

    def __str__(self) -> str:
        return f"{self.service}: {self.answer_status} {self.reason}"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, tries and bytes of one service. `total` bounds one try from connecting to the last byte.

    The breaker opens after `failures` failed tries in a row and lets one through again after `open_seconds`.
    """

    connect: float = 2.0
    read: float = 8.0
    total: float = 10.0
    tries: int = 3
    failures: int = 6
    open_seconds: float = 10.0
    answer_bytes: int = 512 * 1024


class Outside:
    """A JSON service at a fixed address. Every call must be idempotent (GET, or POST with its key): it is retried."""

    def __init__(self, service: str, base_url: str, *, api_key: str = "", limits: Limits | None = None) -> None:
        self.service = service
        self._limits = limits or Limits()
        self._breakers = AsyncCircuitBreakerFactory(self._limits.failures, self._limits.open_seconds)
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"}
            | ({"X-Api-Key": api_key} if api_key else {}),
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """The answer's JSON object; raises OutsideUnavailable or OutsideRefused."""
        return await self._call("POST", path, json=body, headers={"Idempotency-Key": idempotency_key})

    async def get(self, path: str) -> dict[str, Any]:
        """The answer's JSON object; raises OutsideUnavailable or OutsideRefused."""
        return await self._call("GET", path)

    def garbled(self, reason: str) -> OutsideUnavailable:
        """For an answer that isn't what the interface promises: somebody must mend it, so no quick retry."""
        log.warning("outside_garbled", service=self.service, reason=reason)
        return OutsideUnavailable(self.service, 60, reason, worth_retrying=False)

    async def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        attempts = stamina.retry_context(
            on=_worth_retrying,
            attempts=self._limits.tries,
            timeout=None,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.4,
        )
        async for attempt in attempts:
            with attempt:
                answer, content = await self._guarded(method, path, request)
                return self._read(answer, content)
        raise AssertionError("stamina ends with an answer or an error")

    async def _guarded(self, method: str, path: str, request: Mapping[str, Any]) -> tuple[httpx.Response, bytes]:
        """One try through the breaker, which counts as failures exactly what raises here."""
        try:
            async with await self._breakers.get_breaker(self.service):
                return await self._send(method, path, request)
        except OpenedState as opened:
            wait = opened.opened_at + self._limits.open_seconds - time.time()
            raise OutsideUnavailable(self.service, max(1, round(wait)), "circuit open", worth_retrying=False) from None

    async def _send(self, method: str, path: str, request: Mapping[str, Any]) -> tuple[httpx.Response, bytes]:
        if not path.startswith("/"):
            raise ValueError("a path of the service is expected, never an address")
        try:
            async with asyncio.timeout(self._limits.total), self._http.stream(method, path, **request) as answer:
                content = bytearray()
                async for chunk in answer.aiter_raw():
                    content += chunk
                    if len(content) > self._limits.answer_bytes:
                        raise self.garbled("answer too large")
        except (TimeoutError, httpx.TimeoutException):
            raise OutsideUnavailable(self.service, 5, "timed out") from None
        except httpx.TransportError as error:
            raise OutsideUnavailable(self.service, 5, type(error).__name__) from None
        if answer.status_code >= 500 or answer.status_code in _BUSY:
            raise OutsideUnavailable(self.service, _retry_after(answer), f"status {answer.status_code}")
        return answer, bytes(content)

    def _read(self, answer: httpx.Response, content: bytes) -> dict[str, Any]:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            value = None
        if not answer.is_success:
            raise OutsideRefused(self.service, answer.status_code, _reason_code(value))
        if not isinstance(value, dict):
            raise self.garbled("not a JSON object")
        return value


def _worth_retrying(error: Exception) -> bool:
    return isinstance(error, OutsideUnavailable) and error.worth_retrying


def _retry_after(answer: httpx.Response) -> int:
    """The service's own wish, between 1 s and 5 min; 5 s when it has none."""
    wish = answer.headers.get("Retry-After", "")
    return min(max(int(wish), 1), 300) if re.fullmatch(r"[0-9]{1,6}", wish) else 5


def _reason_code(value: Any) -> str:
    """Only a short code is taken over: free text of a stranger may hold personal data."""
    code = value.get("error") if isinstance(value, dict) else None
    return code if isinstance(code, str) and _REASON_CODE.fullmatch(code) else "unspecified"
