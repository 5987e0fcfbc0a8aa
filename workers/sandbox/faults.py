"""Trouble on order: each stand-in can be told to be slow, to fail, to hang or to lose its answer.

`PUT …/control` replaces the whole order (an empty object ends all trouble); it is forgotten on restart.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import anyio
from litestar import Router, get, put
from litestar.di import NamedDependency, Provide
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.params import JSONBody
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from pydantic import BaseModel, ConfigDict, Field

Fault = Literal["500", "refuse", "reset", "hang", "accept_then_drop"]
LONGEST_HANG_SECONDS = 120


class Order(BaseModel):
    """`fail` alone fails every call; with `fail_next`, so many calls; with `failure_rate`, that share of them.

    `reset` breaks the connection before the work, `accept_then_drop` after it; `refuse` says no for good.
    `no_file` concerns the bureau only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency_ms: Annotated[int, Field(ge=0, le=120_000)] = 0
    fail: Fault | None = None
    fail_next: Annotated[int, Field(ge=0)] | None = None
    failure_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    no_file: bool = False


@dataclass
class Control:
    """The order in force, how much of it is left, and what has been asked so far."""

    order: Order = field(default_factory=Order)
    left: int | None = None
    requests: int = 0
    failed: int = 0

    def replace(self, order: Order) -> None:
        """Take a new order; counters go on."""
        self.order = order
        self.left = order.fail_next

    def next_fault(self) -> Fault | None:
        """What happens to the call that is coming in."""
        order = self.order
        if order.failure_rate is not None:
            strikes = random.random() < order.failure_rate  # noqa: S311 - trouble needs no secrecy
        elif self.left is not None:
            strikes = self.left > 0
            self.left = max(0, self.left - 1)
        else:
            strikes = order.fail is not None
        return (order.fail or "500") if strikes else None


class ConnectionDropped(Exception):
    """Ends a started answer, which makes the server cut the connection."""


class Trouble(ASGIMiddleware):
    """Carries out the order on every call of the service itself.

    It asks for its `Control` instead of holding it: Litestar deep-copies a nested router with its middleware.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, get_control: Callable[[], Control]) -> None:
        self._get_control = get_control

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Delay, then fail in the ordered way or pass the call on."""
        control = self._get_control()
        control.requests += 1
        fault = control.next_fault()
        control.failed += fault is not None
        await anyio.sleep(control.order.latency_ms / 1000)
        match fault:
            case None:
                await next_app(scope, receive, send)
            case "500":
                await _answer(send, 500, b'{"error": "internal_error"}')
            case "refuse":
                await _answer(send, 403, b'{"error": "refused"}')
            case "reset":
                await _drop(send)
            case "hang":
                await _hang(receive)
                await _drop(send)
            case "accept_then_drop":
                await next_app(scope, receive, _swallow)
                await _drop(send)


async def _answer(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _drop(send: Send) -> None:
    """Promise a body, send a part, and break off: the client sees the connection close in mid-answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    raise ConnectionDropped


async def _hang(receive: Receive) -> None:
    with anyio.move_on_after(LONGEST_HANG_SECONDS):
        while (await receive())["type"] != "http.disconnect":
            pass


async def _swallow(message: Message) -> None:
    """An answer that never leaves the house."""


@put("/", status_code=200)
async def replace(data: JSONBody[Order], control: NamedDependency[Control]) -> Order:
    """Take a new order."""
    control.replace(data)
    return control.order


@get("/")
async def show(control: NamedDependency[Control]) -> Order:
    """The order in force."""
    return control.order


def control_router(control: Control) -> Router:
    """`/control` of one stand-in."""
    return Router(
        "/control",
        route_handlers=[replace, show],
        dependencies={"control": Provide(lambda: control, sync_to_thread=False)},
    )
