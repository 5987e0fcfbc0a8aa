"""`python -m portal.embedded COMMAND…`: run a command against a throw-away PostgreSQL and Valkey."""

import os
import subprocess
import sys

from portal.embedded.postgres import embedded_postgres
from portal.embedded.valkey import embedded_valkey

with embedded_postgres() as database_url, embedded_valkey() as redis_url:
    environment = os.environ | {"XINDAI_DATABASE_URL": database_url, "XINDAI_REDIS_URL": redis_url}
    code = subprocess.run(sys.argv[1:], env=environment, check=False).returncode  # noqa: S603 - what was asked for
sys.exit(code)
