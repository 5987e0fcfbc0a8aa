"""What a worker process has at hand, opened once: database, files, the outside, the model, a process for CPU work."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from portal.db.engine import create_engine, create_sessions
from portal.db.uow import UnitsOfWork
from portal.db.vault import KeyRing
from portal.documents.files import FileStore
from portal.domain.errors import Unavailable
from portal.domain.workflow import Queue
from portal.jobs import RedisAnnouncer, connect_redis
from portal.settings import Settings
from scoring.model import CHAMPION, Model
from scoring.model import load as load_model
from scoring.policy_file import Policy
from workers.bureau.client import Bureau, connect_bureau
from workers.ocr.reader import DocumentReader
from workers.payout.client import CoreBanking, connect_core_banking

T = TypeVar("T")

_POOL_TASKS = 200


class CpuInterrupted(Unavailable):
    """The process doing CPU work died; the step is tried again."""


class CpuPool:
    """One spawned process: LightGBM and OpenSSL misbehave after fork, and arq's loop must not be blocked."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """Call a top-level function with picklable arguments; raises CpuInterrupted when its process dies."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=_POOL_TASKS)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
        except BrokenProcessPool:
            self.close()
            raise CpuInterrupted from None

    def close(self) -> None:
        """Let the process go without waiting for it."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


@dataclass(slots=True)
class Work:
    """Handed to every step. `reader` is there on the ocr queue only. `model` is the one that came with the software;
    which decides, and `loaded`, see workers.standing. `policies` are those this process has read, by version; which is
    in force: see workers.engine."""

    settings: Settings
    units: UnitsOfWork
    files: FileStore
    bureau: Bureau
    bank: CoreBanking
    model: Model
    reader: DocumentReader | None = None
    loaded: dict[str, Model | str] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    cpu_pool: CpuPool = field(default_factory=CpuPool)

    async def cpu(self, function: Callable[..., T], *args: object) -> T:
        """Run CPU work outside the event loop's process."""
        return await self.cpu_pool.run(function, *args)


@asynccontextmanager
async def open_work(settings: Settings, queue: Queue | None = None) -> AsyncIterator[Work]:
    """Connect everything; `queue` None means all of it, for tools and tests."""
    async with AsyncExitStack() as stack:
        engine = create_engine(settings.database_url)
        stack.push_async_callback(engine.dispose)
        redis = connect_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        bureau_line, bureau = connect_bureau(settings.bureau_url, settings.bureau_key.get_secret_value())
        bank_line, bank = connect_core_banking(settings.bank_url, settings.bank_key.get_secret_value())
        stack.push_async_callback(bureau_line.close)
        stack.push_async_callback(bank_line.close)
        keys = KeyRing.from_config(settings.data_keys.get_secret_value(), settings.secret_key.get_secret_value())
        work = Work(
            settings=settings,
            units=UnitsOfWork(create_sessions(engine), keys, RedisAnnouncer(redis)),
            files=FileStore(settings.storage_url),
            bureau=bureau,
            bank=bank,
            model=load_model(CHAMPION),
        )
        stack.callback(work.cpu_pool.close)
        if queue in (None, Queue.OCR):
            work.reader = DocumentReader(home=settings.home, models=settings.ocr_models)
            stack.push_async_callback(work.reader.aclose)
        yield work
