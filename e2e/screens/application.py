"""Applying as a whole, for journeys whose story begins after it."""

from collections.abc import Callable

from e2e.screens.chat import Chat
from e2e.screens.device import Device
from e2e.screens.entry import Entry
from e2e.screens.progress import Progress
from workers.sandbox.simulation.people import Borrower


def begin(device: Device, borrower: Borrower) -> Chat:
    """From the landing page to the first question."""
    entry = Entry(device)
    entry.begin()
    entry.sign_in(borrower.mobile)
    return Chat(device, borrower)


def apply(device: Device, borrower: Borrower, do_at: dict[str, Callable[[Chat], None]] | None = None) -> Progress:
    """From the landing page to the progress page; `do_at` happens as a question is asked."""
    chat = begin(device, borrower)
    chat.fill_in(do_at=do_at)
    progress = Progress(device, chat.check_and_submit())
    progress.see_submitted()
    return progress
