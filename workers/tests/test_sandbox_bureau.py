from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from portal.domain.clock import now, today
from portal.domain.identity import check_digit
from scoring.features import history_of
from scoring.report import parse_report
from workers.sandbox.personas import get_persona
from workers.sandbox.reports import draw_report
from workers.tests.conftest import Sandbox


def request(id_number: str = "330100199005120240", **changes: Any) -> dict[str, Any]:
    authorisation = {
        "id": str(uuid4()),
        "text_hash": "a" * 64,
        "signed_at": (now() - timedelta(minutes=1)).isoformat(),
        "expires_at": (now() + timedelta(days=30)).isoformat(),
    }
    return {
        "id_number": id_number,
        "name": "林安然",
        "authorisation": authorisation,
        "purpose": "loan_approval",
    } | changes


def ask(client: httpx.Client, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return client.post("/bureau/v1/reports", json=body, headers={"Idempotency-Key": key or str(uuid4())})


def invented_number(order: int) -> str:
    first = f"110100{1965 + order % 38}{1 + order % 12:02d}{1 + order % 28:02d}{order % 1000:03d}"
    return first + check_digit(first)


def test_a_report_has_the_agreed_shape(sandbox: Sandbox) -> None:
    answer = ask(sandbox.client, request())
    assert answer.status_code == 200
    report = parse_report(answer.json())
    assert report.found
    assert report.report_id.startswith("SANDBOX-")


def test_the_answer_depends_on_the_number_only(sandbox: Sandbox) -> None:
    number = invented_number(7)
    first, second = (ask(sandbox.client, request(number, name=name)).json() for name in ("甲一", "乙二"))
    for part in ("found", "accounts", "inquiries", "public_records"):
        assert first[part] == second[part]
    assert first["report_id"] != second["report_id"]


def test_the_same_key_is_answered_once(sandbox: Sandbox) -> None:
    before = sandbox.stats("bureau")
    body, key = request(), str(uuid4())
    answers = [ask(sandbox.client, body, key).json() for _ in range(3)]
    after = sandbox.stats("bureau")
    assert answers[0] == answers[1] == answers[2]
    assert after["queries"] - before["queries"] == 1
    assert after["repeats"] - before["repeats"] == 2


def test_the_same_key_with_another_body_is_refused(sandbox: Sandbox) -> None:
    key = str(uuid4())
    ask(sandbox.client, request(), key)
    answer = ask(sandbox.client, request(invented_number(1)), key)
    assert (answer.status_code, answer.json()) == (422, {"error": "idempotency_key_reused"})


def test_no_query_without_an_authorisation(sandbox: Sandbox) -> None:
    body = request()
    del body["authorisation"]
    answer = ask(sandbox.client, body)
    assert (answer.status_code, answer.json()) == (403, {"error": "authorisation_missing"})


def test_an_expired_authorisation_is_refused(sandbox: Sandbox) -> None:
    body = request()
    body["authorisation"]["expires_at"] = (now() - timedelta(seconds=1)).isoformat()
    assert ask(sandbox.client, body).json() == {"error": "authorisation_expired"}


def test_an_authorisation_pays_for_one_query(sandbox: Sandbox) -> None:
    body = request()
    assert ask(sandbox.client, body).status_code == 200
    answer = ask(sandbox.client, body)
    assert (answer.status_code, answer.json()) == (403, {"error": "authorisation_used"})


@pytest.mark.parametrize("missing", ["Idempotency-Key", "X-Api-Key"])
def test_a_forgotten_header_is_refused(sandbox: Sandbox, missing: str) -> None:
    headers = {"Idempotency-Key": str(uuid4()), "X-Api-Key": "test"}
    del headers[missing]
    answer = httpx.post(f"{sandbox.url}/bureau/v1/reports", json=request(), headers=headers)
    assert answer.status_code in (400, 401)


def test_a_refusal_echoes_nothing(sandbox: Sandbox) -> None:
    answer = ask(sandbox.client, request("33010019900512024Z"))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_no_file_on_order_and_for_its_persona(sandbox: Sandbox) -> None:
    persona = get_persona("no_file").person
    assert parse_report(ask(sandbox.client, request(persona.id_number)).json()).found is False
    sandbox.order("bureau", no_file=True)
    assert parse_report(ask(sandbox.client, request()).json()).found is False


def test_the_outage_persona_starts_with_an_outage(sandbox: Sandbox) -> None:
    answer = ask(sandbox.client, request(get_persona("outage").person.id_number))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_latency_is_kept(sandbox: Sandbox) -> None:
    sandbox.order("bureau", latency_ms=150)
    assert ask(sandbox.client, request()).elapsed.total_seconds() >= 0.15


def test_failures_as_many_as_ordered(sandbox: Sandbox) -> None:
    sandbox.order("bureau", fail="500", fail_next=2)
    assert [ask(sandbox.client, request()).status_code for _ in range(3)] == [500, 500, 200]


def test_a_share_of_failures(sandbox: Sandbox) -> None:
    sandbox.order("bureau", failure_rate=1.0)
    assert ask(sandbox.client, request()).status_code == 500
    sandbox.order("bureau", failure_rate=0.0, fail="500")
    assert ask(sandbox.client, request()).status_code == 200


def test_a_reset_connection(sandbox: Sandbox) -> None:
    before = sandbox.stats("bureau")["queries"]
    sandbox.order("bureau", fail="reset")
    with pytest.raises(httpx.RemoteProtocolError):
        ask(sandbox.client, request())
    assert sandbox.stats("bureau")["queries"] == before


def test_hanging_until_the_caller_gives_up(sandbox: Sandbox) -> None:
    sandbox.order("bureau", fail="hang")
    with pytest.raises(httpx.ReadTimeout):
        sandbox.client.post(
            "/bureau/v1/reports",
            json=request(),
            headers={"Idempotency-Key": str(uuid4())},
            timeout=httpx.Timeout(30, read=0.2),
        )


def test_an_unknown_order_is_refused(sandbox: Sandbox) -> None:
    assert sandbox.client.put("/bureau/control", json={"fail": "explode"}).status_code == 400


def test_drawn_reports_are_plausible_and_resemble_the_population() -> None:
    kinds: Counter[str] = Counter()
    for order in range(400):
        drawn = draw_report(invented_number(order), today())
        report = parse_report({"report_id": "R", "issued_at": now().isoformat(), **drawn})
        for account in report.accounts:
            months = (today().year - account.opened_on.year) * 12 + today().month - account.opened_on.month
            assert len(account.status_24m.lstrip("*")) <= months
        worst = max((a.current_severity for a in report.accounts), default=0)
        late = any(severity for a in report.accounts for severity in a.severities)
        kinds["empty" if not report.found else "present" if worst else "past" if late else "clean"] += 1
        if report.found:
            history = history_of(report)
            assert history is not None
            kinds["six_months_late"] += max(history.status) > 0
    # Of the population a third was late in six months; the bureau tells 24, in which more were.
    assert 0.25 < kinds["six_months_late"] / 400 < 0.42
    assert 0.15 < kinds["present"] / 400 < 0.32
    assert min(kinds["past"], kinds["empty"]) > 0
