"""`xindai simulate` against the running product."""

import json
import subprocess
import sys

from e2e.server import Stack
from portal.settings import ROOT


def test_one_person_applies_over_http(stack: Stack) -> None:
    position = stack.log_size()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "portal.cli", "simulate", "1", "--url", stack.url, "--seed", "1", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout)
    assert summary["outcomes"]["approved"] == 1
    assert 0 < summary["submit_to_decision"]["p50"] < summary["whole"]["p50"]
    assert not stack.trouble_since(position)
