from pathlib import Path
from uuid import uuid4

import httpx

from workers.tests.conftest import StartSandbox
from workers.tests.test_sandbox_bank import order, pay
from workers.tests.test_sandbox_bureau import ask, request


def test_a_restart_forgets_no_query_and_no_payment(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    body, key, seen = request(), str(uuid4()), []
    for _ in range(2):
        with (
            start_sandbox(tmp_path, "bureau", "bank") as url,
            httpx.Client(base_url=url, headers={"X-Api-Key": "test"}) as client,
        ):
            assert client.get("/messages").status_code == 404
            report, payout = ask(client, body, key).json(), pay(client, order(), key).json()
            queries = client.get("/bureau/control/stats").json()["queries"]
            payouts = client.get("/bank/control/stats").json()["payouts"]
            seen.append((report, payout, queries, payouts))
    assert seen[0] == seen[1]
    assert seen[0][2:] == (1, 1)
