"""`python -m workers --queue NAME`: a worker process for one queue, or for all when none is named."""

import argparse
import asyncio
import signal
from collections.abc import Sequence

from portal.domain.workflow import Queue
from portal.logs import configure
from portal.settings import get_settings
from workers.settings import build_worker


async def work(queues: Sequence[Queue]) -> None:
    """Run a worker for each queue until SIGTERM or SIGINT; steps under way are handed back before the end."""
    settings = get_settings()
    workers = [build_worker(settings, queue) for queue in queues]
    tasks = [asyncio.create_task(worker.async_run()) for worker in workers]
    stop = asyncio.create_task(stop_asked())
    try:
        done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for ended in done - {stop}:
            ended.result()  # a worker never ends by itself: raise what ended it, and be restarted
    finally:
        for task in (stop, *tasks):
            task.cancel()
        await asyncio.gather(stop, *tasks, return_exceptions=True)
        for worker in workers:
            for job in worker.tasks.values():
                job.cancel()
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
            worker.tasks.clear()
            await worker.close()


async def stop_asked() -> None:
    """Returns when the process is told to stop."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


def main() -> None:
    """Parse the command line and work."""
    parser = argparse.ArgumentParser(prog="xindai worker", description="Do the work that is due.")
    parser.add_argument("--queue", choices=[queue.value for queue in Queue], action="append")
    arguments = parser.parse_args()
    configure(get_settings().log_level)
    asyncio.run(work([Queue(name) for name in arguments.queue] if arguments.queue else list(Queue)))


if __name__ == "__main__":
    main()
