"""`python -m workers --queue NAME`: a worker process for one queue, or for all when none is named."""

import argparse
import asyncio
from collections.abc import Sequence

from portal.domain.workflow import Queue
from portal.settings import get_settings
from portal.web.logging import configure
from workers.settings import build_worker


async def work(queues: Sequence[Queue]) -> None:
    """Run a worker for each queue until SIGTERM or SIGINT."""
    settings = get_settings()
    workers = [build_worker(settings, queue) for queue in queues]
    try:
        async with asyncio.TaskGroup() as tasks:
            for worker in workers:
                tasks.create_task(worker.async_run())
    finally:
        for worker in workers:
            await worker.close()


def main() -> None:
    """Parse the command line and work."""
    parser = argparse.ArgumentParser(prog="xindai worker", description="Do the work that is due.")
    parser.add_argument("--queue", choices=[queue.value for queue in Queue], action="append")
    arguments = parser.parse_args()
    configure(get_settings().log_level)
    asyncio.run(work([Queue(name) for name in arguments.queue] if arguments.queue else list(Queue)))


if __name__ == "__main__":
    main()
