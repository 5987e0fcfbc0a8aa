"""The hard rules: the tables of the policy over the facts of one case, each with the row that held and its sentence.

A table whose evidence is missing answers `unknown`, which refers; so does one that was asked about a value it has never
heard of. `basis` tells law from the lender's own policy.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from scoring.application import Application, Evidence
from scoring.features import inquiring_institutions, worst_status
from scoring.fraud import FraudScreen
from scoring.model import Score
from scoring.offer import Quote, burden
from scoring.policy_file import Policy
from scoring.report import WRITTEN_OFF, BureauReport, age_in_days
from scoring.rulebook.facts import FACTS, Value
from scoring.rulebook.graphs import RulesFile, Table
from scoring.rulebook.wording import sentence

Outcome = Literal["pass", "refer", "decline", "unknown"]


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """Everything a decision rests on. None is evidence that is missing, and refers."""

    as_of: date
    application: Application
    evidence: Evidence
    report: BureauReport | None
    watch_listed: bool | None
    fraud: FraudScreen | None
    score: Score | None

    @property
    def known_score(self) -> Score | None:
        """The score as far as it may be used: not of a person without a file, or without any income."""
        known = self.report is not None and self.report.found and self.application.income_fen is not None
        return self.score if known else None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One line of the trace: the table, the row that held (empty when none could), what it came to. `staff`: not for
    the applicant."""

    id: str
    row: str
    outcome: Outcome
    zh: str
    en: str
    basis: str
    staff: bool = False


def trace(inputs: PolicyInputs, policy: Policy, quoted: Quote) -> tuple[RuleResult, ...]:
    """Every table, always, in the policy's order."""
    facts = known_facts(inputs, policy, quoted)
    return tuple(result for file in policy.rules for result in ask(file, facts))


def ask(file: RulesFile, facts: Mapping[str, Value]) -> tuple[RuleResult, ...]:
    """The tables of one file; a fact that has a value outside its domain makes the tables that ask for it unknown."""
    strange = {name for name, value in facts.items() if value is not None and FACTS[name].number(value) is None}
    strange -= {name for name in strange if FACTS[name].kind == "text"}
    asked = {fact.name for table in file.tables for fact in table.facts}
    fired = file.fired({name: None if name in strange else facts.get(name) for name in asked})
    return tuple(_result(table, fired.get(table.id), facts, strange) for table in file.tables)


def _result(table: Table, row_id: str | None, facts: Mapping[str, Value], strange: set[str]) -> RuleResult:
    odd = next((fact for fact in table.facts if fact.name in strange), None)
    if odd is not None or row_id is None:
        zh = f"“{odd.zh}”的内容无法识别，需要人工核对。" if odd else "没有适用的规则，需要人工核对。"
        en = f"The value of “{odd.en}” can't be recognised" if odd else "No rule applies"
        return RuleResult(table.id, "", "unknown", zh, f"{en}; a person needs to look at it.", table.basis, table.staff)
    row = table.row(row_id)
    limits = {fact.name: cell.numbers[0] for fact, cell in zip(table.facts, row.cells, strict=True) if cell.numbers}
    values = {**facts, **{name: row.gives[name] for name in table.figures}}
    zh, en = (sentence(str(row.gives[key]), n, values, limits) for n, key in enumerate(("zh", "en")))
    outcome = cast(Outcome, row.gives["outcome"])
    return RuleResult(table.id, row_id, outcome, zh, en, table.basis, table.staff)


def known_facts(inputs: PolicyInputs, policy: Policy, quoted: Quote) -> dict[str, Value]:
    """Every fact of `scoring.rulebook.facts` that can be known, as the tables count it."""
    return {
        **_of_papers(inputs),
        **_of_report(inputs),
        **_of_score(inputs),
        **_of_means(inputs, policy, quoted),
    }


def _of_papers(inputs: PolicyInputs) -> dict[str, Value]:
    evidence, application, born = inputs.evidence, inputs.application, inputs.evidence.birth_date
    expires = evidence.id_expires_on
    age = None
    if born is not None:
        age = (inputs.as_of.year - born.year) * 12 + inputs.as_of.month - born.month
        age -= inputs.as_of.day < born.day
    # The watch-list has its own table; here it would only say the same twice.
    fraud = None
    if inputs.fraud is not None:
        actions = {signal.action for signal in inputs.fraud.signals if not signal.code.endswith("watch_list")}
        fraud = next((one for one in ("decline", "refer") if one in actions), "pass")
    return {
        "authorised": evidence.authorised,
        "id_checksum_valid": evidence.id_checksum_valid,
        "id_days_left": None if expires is None else (expires - inputs.as_of).days,
        "id_expires_on": None if expires is None else str(expires),
        "identity_matches": evidence.identity_matches,
        "mismatches": None if evidence.mismatches is None else len(evidence.mismatches),
        "age": None if age is None else age // 12,
        "age_at_end": None if age is None else (age + application.term_months) // 12,
        "amount_fen": application.amount_fen,
        "term_months": application.term_months,
        "employment": application.employment,
        "watch_listed": inputs.watch_listed,
        "fraud_action": fraud,
        "verified_income_fen": application.verified_income_fen,
    }


def _of_report(inputs: PolicyInputs) -> dict[str, Value]:
    report = inputs.report
    if report is None:
        return {}
    accounts, kinds = report.accounts, [record.kind for record in report.public_records]
    return {
        "report_age_days": age_in_days(report, inputs.as_of),
        "bureau_found": report.found,
        "written_off_accounts": sum(WRITTEN_OFF in account.severities for account in accounts),
        "months_past_due_now": max((a.current_severity for a in report.active_accounts), default=0),
        "worst_past_due_24m": worst_status(accounts, 24) or 0,
        "late_months_24m": sum(1 for account in accounts for severity in account.severities if severity),
        "enforcements": kinds.count("enforcement"),
        "other_public_records": len(kinds) - kinds.count("enforcement"),
        "inquiring_3m": inquiring_institutions(report, inputs.as_of, 3),
        "open_consumer_loans": sum(account.kind == "consumer_loan" for account in report.active_accounts),
    }


def _of_score(inputs: PolicyInputs) -> dict[str, Value]:
    score = inputs.known_score
    if score is None:
        return {}
    # Outside its domain a fact is "can't be recognised": a PD that is no number must not look like a good one.
    pd = round(score.pd * 1_000_000) if math.isfinite(score.pd) else -1
    return {"pd_ppm": pd, "points": score.points, "grade": score.grade}


def _of_means(inputs: PolicyInputs, policy: Policy, quoted: Quote) -> dict[str, Value]:
    application, report, offer = inputs.application, inputs.report, quoted.offer
    limits: dict[str, Value] = {
        "max_dti_bp": policy.means_limits.max_dti_bp,
        "min_residual_fen": policy.means_limits.min_residual_fen,
    }
    asked = burden(application, report, quoted.asked)
    income = application.verified_income_fen
    if asked is None or report is None or income is None:
        return limits
    found = "none" if offer is None else "asked" if offer.amount_fen == application.amount_fen else "smaller"
    owed = sum(a.balance_fen for a in report.active_accounts if a.kind in ("credit_card", "consumer_loan"))
    debt = owed + (application.amount_fen if offer is None else offer.amount_fen)
    return limits | {
        "offer": found,
        "offered_fen": offer.amount_fen if offer else 0,
        "dti_bp": asked.dti_bp,
        "residual_fen": asked.residual_fen,
        "debt_with_loan_fen": debt,
        # Rounded up: a debt just above a limit must not read as the limit.
        "debt_to_income": -(-debt * 100 // income) if income else FACTS["debt_to_income"].domain[1],
    }
