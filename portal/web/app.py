"""The app factory: what every request passes through, and the list of features."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Controller, Litestar, Request, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.logging.config import LoggingConfig
from sqlalchemy import text

from portal.accounts.controllers import CONTROLLERS as ACCOUNTS
from portal.db.engine import create_engine, create_sessions
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.db.vault import KeyRing
from portal.documents.controllers import CONTROLLERS as DOCUMENTS
from portal.documents.crops import CropController
from portal.documents.files import FileStore
from portal.helpdesk.changes import CONTROLLERS as CHANGES
from portal.helpdesk.controllers import CONTROLLERS as HELPDESK
from portal.helpdesk.correction import CorrectionController
from portal.helpdesk.models import ModelsController
from portal.intake.controllers import CONTROLLERS as INTAKE
from portal.jobs import RedisAnnouncer, connect_redis
from portal.logs import configure
from portal.offers.controllers import CONTROLLERS as OFFERS
from portal.progress.controllers import CONTROLLERS as PROGRESS
from portal.progress.hub import EventHub
from portal.script.catalogue import scripts
from portal.servicing.controllers import CONTROLLERS as SERVICING
from portal.settings import Settings, get_settings
from portal.signing.controllers import CONTROLLERS as SIGNING
from portal.web.assets import AssetsController
from portal.web.auth import check_address, check_csrf, provide_visitor
from portal.web.bodies import FinishBodies
from portal.web.errors import HANDLERS
from portal.web.forms import MOST_TEXT
from portal.web.headers import add_headers
from portal.web.limits import Limiter
from portal.web.templating import template_config

CONTROLLERS: Sequence[type[Controller]] = (
    AssetsController,
    *ACCOUNTS,
    *INTAKE,
    *DOCUMENTS,
    CropController,
    *PROGRESS,
    *OFFERS,
    *SIGNING,
    *SERVICING,
    *HELPDESK,
    *CHANGES,
    CorrectionController,
    ModelsController,
)

# Failures are logged by portal.web.errors: once, with an id, without values.
LITESTAR_LOGS = LoggingConfig(log_exceptions="never", root={"level": "WARNING", "handlers": ["queue_listener"]})


async def provide_uow(request: Request[Any, Any, Any]) -> AsyncGenerator[UnitOfWork, None]:
    """The request's transaction: committed after the page is rendered and before its first byte leaves."""
    units: UnitsOfWork = request.app.state.units
    async with units.begin() as uow:
        yield uow


async def provide_files(state: State) -> FileStore:
    """The store of sealed files."""
    files: FileStore = state.files
    return files


async def provide_settings(state: State) -> Settings:
    """This process's settings."""
    settings: Settings = state.settings
    return settings


async def provide_limiter(state: State) -> Limiter:
    """The shared rate limiter."""
    limiter: Limiter = state.limiter
    return limiter


async def provide_hub(state: State) -> EventHub:
    """The fan-out of new events to connected pages."""
    hub: EventHub = state.hub
    return hub


@get("/healthz", opt={"csrf_exempt": True}, sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz")
async def ready(state: State) -> dict[str, str]:
    """The database answers too, within two seconds."""
    async with asyncio.timeout(2), state.units.sessions() as session:
        await session.execute(text("select 1"))
    return {"status": "ok"}


@asynccontextmanager
async def connections(app: Litestar) -> AsyncIterator[None]:
    """Open the pool, Redis and the event listener; close them in reverse."""
    settings: Settings = app.state.settings
    engine = create_engine(settings.database_url)
    redis = connect_redis(settings.redis_url)
    keys = KeyRing.from_config(settings.data_keys.get_secret_value(), settings.secret_key.get_secret_value())
    app.state.units = UnitsOfWork(create_sessions(engine), keys, RedisAnnouncer(redis))
    app.state.files = FileStore(settings.storage_url)
    app.state.limiter = Limiter(settings.redis_url, keys)
    app.state.hub = EventHub(settings.database_url)
    async with app.state.hub.listening():
        try:
            yield
        finally:
            await redis.aclose()
            await engine.dispose()


def create_app(settings: Settings | None = None) -> Litestar:
    """The portal as an ASGI app."""
    settings = settings or get_settings()
    configure(settings.log_level)
    scripts()  # whatever is wrong with the questions stops the start, not the first applicant
    app = Litestar(
        route_handlers=[
            live,
            ready,
            *CONTROLLERS,
        ],
        dependencies={
            "uow": Provide(provide_uow),
            "visitor": Provide(provide_visitor),
            "files": Provide(provide_files),
            "settings": Provide(provide_settings),
            "limiter": Provide(provide_limiter),
            "hub": Provide(provide_hub),
        },
        guards=[check_address, check_csrf],
        exception_handlers=HANDLERS,
        before_send=[add_headers],
        lifespan=[connections],
        state=State({"settings": settings}),
        template_config=template_config(),
        request_max_body_size=MOST_TEXT,  # forms and pieces are counted where they are read
        logging_config=LITESTAR_LOGS,
        openapi_config=None,
        debug=False,
    )
    app.asgi_handler = FinishBodies(app.asgi_handler)
    if settings.trusted_proxies:
        # Limits, evidence and the fraud screen are about the client, not about the proxy that all of them share.
        app.asgi_handler = wrap_asgi_with_proxy_headers(app.asgi_handler, settings.trusted_proxies)
    return app
