"""What a visitor typed on one page and needs on the next, before anybody is signed in: sealed in a cookie, so that a
phone number stands in no address and no row."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

from litestar import Request
from litestar.datastructures import Cookie

from portal.db.uow import UnitOfWork
from portal.db.vault import Unsealable
from portal.domain.clock import now
from portal.settings import Settings

_LIFE = timedelta(minutes=15)


async def pending_cookie(uow: UnitOfWork, name: str, value: str, settings: Settings) -> Cookie:
    """Good for a quarter of an hour, and under this name only."""
    sealed = (await uow.cipher()).seal(_place(name), f"{int((now() + _LIFE).timestamp())} {value}")
    return Cookie(
        key=name,
        value=base64.urlsafe_b64encode(sealed).decode().rstrip("="),
        path="/",
        max_age=int(_LIFE.total_seconds()),
        httponly=True,
        secure=settings.base_url.startswith("https://"),
        samesite="lax",
    )


async def read_pending(request: Request, uow: UnitOfWork, name: str) -> str | None:  # type: ignore[type-arg]
    """What was put there; None when there is none, it is too old, or it isn't ours."""
    value = request.cookies.get(name, "")
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        until, _, plain = (await uow.cipher()).open(_place(name), sealed).partition(" ")
    except (Unsealable, ValueError, binascii.Error):
        return None
    return plain if datetime.fromtimestamp(int(until), UTC) > now() else None


def _place(name: str) -> str:
    return f"cookie.{name}"
