"""One assessment from inputs to outcome. How it is kept, and made again to the same bytes: scoring.record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from scoring.application import Application, Evidence
from scoring.features import FeatureVector, build
from scoring.fields import InputError, IsoDate, read
from scoring.fraud import FraudInputs, FraudScreen, screen
from scoring.model import Model, Score
from scoring.policy import Decision, Halt, decide, withhold
from scoring.policy_file import Policy
from scoring.reasons import Reason, explain
from scoring.report import BureauReport, ReportError, check_report
from scoring.rules import PolicyInputs


@dataclass(frozen=True, slots=True)
class AssessmentInputs:
    """`report` is None when the bureau could not be asked; `as_of` is the lender's local day. `halt`: automatic
    approval was stopped when this was decided."""

    as_of: IsoDate
    application: Application
    evidence: Evidence
    report: BureauReport | None
    fraud: FraudInputs
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class AssessmentRecord:
    """Inputs, everything computed from them, and who computed it. `explanation` is the whole score in words."""

    inputs: AssessmentInputs
    model_hash: str
    policy_version: str
    rules_version: str
    features: FeatureVector
    score: Score | None
    explanation: tuple[Reason, ...]
    fraud: FraudScreen
    decision: Decision


INPUTS = TypeAdapter(AssessmentInputs)


def parse_inputs(data: Mapping[str, Any]) -> AssessmentInputs:
    """Read the JSON form (dates as ISO text); raises InputError naming the field, ReportError inside the report."""
    try:
        inputs = read(INPUTS, data, InputError)
    except InputError as failure:
        if failure.field.startswith("report."):
            raise ReportError(failure.field.removeprefix("report."), failure.problem) from None
        raise
    if inputs.report is not None:
        check_report(inputs.report)
    return inputs


def assess(data: Mapping[str, Any], model: Model, policy: Policy) -> AssessmentRecord:
    """Screen, score and decide. Without a report that tells of cards there is no score, and the case is referred."""
    inputs = parse_inputs(data)
    features = build(inputs.report, inputs.application, inputs.as_of)
    score = model.score(features) if features.scorable else None
    explanation = explain(features, score) if score else ()
    fraud = screen(inputs.fraud, policy.limits.fraud)
    evidence = PolicyInputs(
        as_of=inputs.as_of,
        application=inputs.application,
        evidence=inputs.evidence,
        report=inputs.report,
        watch_listed=inputs.fraud.watch_listed,
        fraud=fraud,
        score=score,
    )
    decision = decide(evidence, policy, explanation)
    if inputs.halt is not None:
        decision = withhold(decision, inputs.halt)
    return AssessmentRecord(
        inputs, model.hash, policy.version, policy.rules_version, features, score, explanation, fraud, decision
    )
