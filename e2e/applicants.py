"""People who apply without being watched: over HTTP, to have a case where a browser is to look at something else."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx

from e2e.server import Stack
from workers.sandbox.simulation.browser import Browser
from workers.sandbox.simulation.inbox import Inbox
from workers.sandbox.simulation.journey import Journey
from workers.sandbox.simulation.people import Borrower

T = TypeVar("T")


def submit_application(stack: Stack, borrower: Borrower) -> str:
    """Up to the decision; the reference."""

    async def submit(journey: Journey) -> None:
        await journey.sign_in()
        await journey.fill_in()
        await journey.submit()

    return _run(stack, borrower, submit)


def await_decision(stack: Stack, borrower: Borrower) -> str:
    """Up to the decision, and what it is."""
    outcomes = []

    async def wait(journey: Journey) -> None:
        await journey.sign_in()
        await journey.fill_in()
        await journey.submit()
        outcomes.append(await journey.read_decision())

    _run(stack, borrower, wait)
    return outcomes[0]


def sign_application(stack: Stack, borrower: Borrower) -> str:
    """Up to the signature, whatever comes of it; the reference."""

    async def sign(journey: Journey) -> None:
        await journey.sign_in()
        await journey.fill_in()
        await journey.submit()
        assert await journey.read_decision() == "approved"
        await journey.accept_offer()
        await journey.sign_contract()

    return _run(stack, borrower, sign)


def _run(stack: Stack, borrower: Borrower, act: Callable[[Journey], Coroutine[Any, Any, None]]) -> str:
    async def run() -> str:
        async with httpx.AsyncClient(base_url=stack.url, follow_redirects=True, timeout=30, trust_env=False) as http:
            journey = Journey(borrower, Browser(http), Inbox(stack.sandbox.url, http))
            await act(journey)
            return journey.reference

    # In a thread of its own: the browser's loop runs in this one.
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, run()).result()
