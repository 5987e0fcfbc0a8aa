import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.decision import assess
from scoring.fields import InputError
from scoring.model import Model, load
from scoring.policy_file import Policy, load_policy
from scoring.record import ReplayError, decide, replay, snapshot
from scoring.report import ReportError
from scoring.tests.conftest import PERSONAS, Edited, Persona

NAMES = ["approve", "refer", "decline", "no_file"]


@pytest.mark.parametrize("name", NAMES)
def test_a_replay_gives_the_same_bytes(persona: Persona, model: Model, policy: Policy, name: str) -> None:
    stored = decide(persona(name), model, policy)[1]
    assert replay(stored, model, policy) == stored
    tree = json.loads(stored)
    assert json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == stored
    assert (tree["model_hash"], tree["policy_version"]) == (model.hash, policy.version)


def test_a_replay_without_a_report_gives_the_same_bytes(persona: Persona, model: Model, policy: Policy) -> None:
    record, stored = decide(persona("approve", {"report": None}), model, policy)
    assert record.score is None
    assert replay(stored, model, policy) == stored


def test_another_process_gives_the_same_bytes(persona: Persona, model: Model, policy: Policy) -> None:
    program = (
        "import json, sys, pathlib\n"
        "from scoring.record import decide\n"
        "from scoring.model import CHAMPION, load\n"
        "from scoring.policy_file import load_policy\n"
        "inputs = json.loads(pathlib.Path(sys.argv[1]).read_text())\n"
        "sys.stdout.buffer.write(decide(inputs, load(CHAMPION), load_policy())[1])\n"
    )
    other = subprocess.run(  # noqa: S603 - this interpreter, our own program
        [sys.executable, "-c", program, str(PERSONAS / "refer.json")], check=True, capture_output=True, timeout=60
    )
    assert other.stdout == decide(persona("refer"), model, policy)[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_record_of_the_format_before_replays_too(persona: Persona, model: Model, policy: Policy, name: str) -> None:
    older = snapshot(assess(persona(name), model, policy), None)
    tree = json.loads(older)
    assert (tree["format"], "hints" in tree) == (3, False)
    assert replay(older, model, policy) == older
    with pytest.raises(ReplayError, match="format"):
        replay(older.replace(b'"format":3', b'"format":2'), model, policy)


def test_what_the_applicant_could_do_is_kept_with_the_decision(persona: Persona, model: Model, policy: Policy) -> None:
    (hint,) = json.loads(decide(persona("refer"), model, policy)[1])["hints"]
    assert (hint["code"], set(hint)) == ("pay_on_time", {"code", "zh", "en"})
    assert json.loads(decide(persona("approve"), model, policy)[1])["hints"] == []


def test_changed_snapshots_show(persona: Persona, model: Model, policy: Policy) -> None:
    stored = decide(persona("approve"), model, policy)[1]
    changed = stored.replace(b'"lane":"approve"', b'"lane":"decline"')
    assert changed != stored
    assert replay(changed, model, policy) != changed


def test_another_model_or_policy_is_refused(
    persona: Persona, model: Model, policy: Policy, edited: Edited, other_model: Path
) -> None:
    stored = decide(persona("approve"), model, policy)[1]
    changed = load_policy(edited("policy.toml", "# The lender", "# A lender"))
    for another, other_policy in ((load(other_model), policy), (model, changed)):
        with pytest.raises(ReplayError):
            replay(stored, another, other_policy)
    for broken in (b"", b"{}", b"[]", stored[:-1]):
        with pytest.raises(ReplayError):
            replay(broken, model, policy)


def test_broken_inputs_are_refused_by_name(persona: Persona, model: Model, policy: Policy) -> None:
    with pytest.raises(ReportError) as report:
        assess(persona("approve", {"report.accounts.0.balance_fen": math.nan}), model, policy)
    assert report.value.field == "accounts.0.balance_fen"
    with pytest.raises(InputError) as inputs:
        assess(persona("approve", {"application.declared_income_fen": math.nan}), model, policy)
    assert inputs.value.field == "application.declared_income_fen"


def test_while_approval_is_halted_a_person_decides_and_the_record_replays(
    persona: Persona, model: Model, policy: Policy
) -> None:
    halt = {"subject": "limit", "psi": 0.41, "threshold": 0.25}
    free, held = (assess(persona("approve", change), model, policy) for change in ({}, {"halt": halt}))
    assert (free.decision.lane, held.decision.lane) == ("approve", "refer")
    assert held.decision.officer_offer == free.decision.offer
    assert [reason.code for reason in held.decision.reasons] == ["drift"]
    assert "halt" not in json.loads(snapshot(free, None))["inputs"], (
        "records of before there were halts stay as they are"
    )
    for stored in (snapshot(held, None), decide(persona("approve", {"halt": halt}), model, policy)[1]):
        assert replay(stored, model, policy) == stored
    assert json.loads(stored)["hints"] == [], "nothing that an applicant does lifts a halt"
    declined = [assess(persona("decline", change), model, policy).decision for change in ({}, {"halt": halt})]
    assert declined[0] == declined[1]
    for broken in ({**halt, "psi": math.nan}, {"subject": "limit"}):
        with pytest.raises(InputError, match="halt"):
            assess(persona("approve", {"halt": broken}), model, policy)
