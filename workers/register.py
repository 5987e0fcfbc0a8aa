"""`python -m workers.register FOLDER --reason WHY`: a model's folder into the registry, as a challenger.

FOLDER is what `xindai score train` wrote. Ends with exit code 0 when the model is registered, also from before, and 2
with a sentence when it can't score this product's cases.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from portal.db.engine import create_engine, create_sessions
from portal.db.models import ModelOrigin, ModelState
from portal.db.uow import UnitsOfWork
from portal.db.vault import KeyRing
from portal.jobs import SilentAnnouncer
from portal.registry.queries import list_in_force
from portal.settings import Settings, get_settings
from scoring.artifact import ArtifactError
from workers.standing import register_folder


class NoChampion(RuntimeError):
    """Nothing decides yet: whatever came first would, without anybody having said so."""


async def run(settings: Settings, folder: Path, reason: str) -> tuple[str, ModelState | None]:
    """Its hash, and its state unless it was registered before. Raises ArtifactError, NoChampion."""
    engine = create_engine(settings.database_url)
    keys = KeyRing.from_config(settings.data_keys.get_secret_value(), settings.secret_key.get_secret_value())
    try:
        async with UnitsOfWork(create_sessions(engine), keys, SilentAnnouncer()).begin() as uow:
            if not await list_in_force(uow):
                raise NoChampion("no model is in use yet; start a worker first")
            return await register_folder(uow, folder, ModelOrigin.BROUGHT, reason)
    finally:
        await engine.dispose()


def main() -> None:
    """Register, and say what became of it."""
    parser = argparse.ArgumentParser(prog="xindai register", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="what `xindai score train` wrote")
    parser.add_argument("--reason", required=True, help="where it comes from and why; stands in the history")
    arguments = parser.parse_args()
    try:
        version, state = asyncio.run(run(get_settings(), arguments.folder, arguments.reason))
    except (ArtifactError, NoChampion) as refused:
        print(f"xindai register: {refused}", file=sys.stderr)
        sys.exit(2)
    print(f"Model {version[:12]} is {state.value if state else 'registered already'}.")


if __name__ == "__main__":
    main()
