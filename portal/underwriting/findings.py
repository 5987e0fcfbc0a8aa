"""Why a decision was made, from its sealed snapshot: the sentences quote income, age and credit, so they are kept
nowhere else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.db.models import Application, Decision, Outcome
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher
from portal.policies.queries import find_version_in_force
from portal.underwriting.queries import find_automatic_decision


@dataclass(frozen=True, slots=True)
class Findings:
    """`reasons` are {code, zh, en} in the order to tell the applicant; `rules` the policy's trace, for staff:
    {id, row, outcome, zh, en, basis}; `hints`, {code, zh, en}, what the applicant could do and this policy approves."""

    reasons: tuple[Mapping[str, Any], ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()
    hints: tuple[Mapping[str, Any], ...] = ()


def snapshot_place(decision_id: UUID) -> str:
    """Where a snapshot is sealed."""
    return f"decision.snapshot.{decision_id}"


def parse_findings(snapshot: bytes) -> Findings:
    """The outcome's part of scoring.record.snapshot."""
    record = json.loads(snapshot)
    decision = record["decision"]
    # Records of before hints were kept have none.
    return Findings(tuple(decision["reasons"]), tuple(decision["rules"]), tuple(record.get("hints", ())))


def open_findings(decision: Decision | None, cipher: PersonCipher | None) -> Findings:
    """An automatic decision's own; nothing for an officer's, who found by reading, or for an erased person."""
    if decision is None or decision.snapshot is None or cipher is None:
        return Findings()
    return parse_findings(cipher.open_bytes(snapshot_place(decision.id), decision.snapshot))


def reasons_told(
    decision: Decision, automatic: Decision | None, cipher: PersonCipher | None
) -> tuple[Mapping[str, Any], ...]:
    """The reasons of a decision; an officer's refusal is told with those of the case, an officer's approval needs none.

    `automatic`: the policy's decision on the same application.
    """
    if decision.staff_id is None:
        automatic = decision
    elif decision.outcome is not Outcome.DECLINED:
        return ()
    return open_findings(automatic, cipher).reasons


async def read_hints(uow: UnitOfWork, application: Application, decision: Decision) -> tuple[Mapping[str, Any], ...]:
    """What the applicant could do about the policy's own decline, as long as that policy decides: what an officer
    declined for, or what another policy says, they were not tried on."""
    if decision.staff_id is not None or decision.policy_version != await find_version_in_force(uow):
        return ()
    return open_findings(decision, await uow.cipher(application.applicant_id)).hints


async def read_reasons(uow: UnitOfWork, application: Application, decision: Decision) -> tuple[Mapping[str, Any], ...]:
    """`reasons_told` to the applicant."""
    by_officer = decision.staff_id is not None
    automatic = await find_automatic_decision(uow, application.id) if by_officer else decision
    return reasons_told(decision, automatic, await uow.cipher(application.applicant_id))
