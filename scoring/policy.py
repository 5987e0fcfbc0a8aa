"""Three lanes from the trace of rules: any decline declines, any doubt refers, and only a clean trace approves."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from scoring.fields import Code
from scoring.lanes.frontier import frontier
from scoring.offer import Offer, quote
from scoring.policy_file import Policy
from scoring.reasons import Reason, pick
from scoring.rules import PolicyInputs, RuleResult, trace
from scoring.wording import yuan

__all__ = ["Decision", "Halt", "Lane", "decide", "frontier", "withhold"]

Lane = Literal["approve", "refer", "decline"]

MODEL_REASONS = 4


Index = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Halt:
    """Why automatic approval was stopped: the population stability index of `subject`, an input or `(score)`."""

    subject: Code
    psi: Index
    threshold: Index


@dataclass(frozen=True, slots=True)
class Decision:
    """`reasons` are for the applicant, in order; `rules` is the whole trace, for staff.

    `offer` exists in the approve lane only. `officer_offer` is what an officer may offer after clearing a referred
    case, or a declined one that asked for a person: same price list and means test, at the dearest price when there is
    no grade; None when means are unknown or the amount or term is not in the product.
    """

    lane: Lane
    reasons: tuple[Reason, ...]
    offer: Offer | None
    officer_offer: Offer | None
    rules: tuple[RuleResult, ...]
    policy_version: str


def decide(inputs: PolicyInputs, policy: Policy, explanation: tuple[Reason, ...] = ()) -> Decision:
    """`explanation`: the score in words, heaviest first, from which the model's reasons are picked."""
    grade = inputs.known_score.grade if inputs.known_score else None
    quoted = quote(policy, inputs.application, inputs.report, grade)
    rules = trace(inputs, policy, quoted)
    outcomes = {rule.outcome for rule in rules}
    sellable = next(rule.outcome for rule in rules if rule.id == "product") == "pass"
    best = quoted.offer if sellable else None
    lane: Lane = "approve"
    if "decline" in outcomes:
        lane = "decline"
    # Without an offer there is nothing to approve; the means test says so too, this only makes it impossible.
    elif outcomes != {"pass"} or best is None:
        lane = "refer"
    return Decision(
        lane=lane,
        reasons=_reasons(lane, inputs, rules, best, explanation),
        offer=best if lane == "approve" else None,
        officer_offer=None if lane == "approve" else best,
        rules=rules,
        policy_version=policy.version,
    )


def withhold(decision: Decision, halt: Halt) -> Decision:
    """While automatic approval is halted, what would have been approved goes to a person, with the same offer."""
    if decision.lane != "approve":
        return decision
    told = Reason(
        "drift",
        "近期申请情况有变化，自动审批暂停，您的申请由人工审核。",
        "Recent applications have changed, so automatic approval is paused; a person will look at yours.",
        "adverse",
        1.0,
    )
    zh = f"“{halt.subject}”的分布偏移 PSI 为 {halt.psi:.2f}，超过 {halt.threshold:.2f}，自动审批已暂停。"
    en = f"“{halt.subject}” has shifted: PSI {halt.psi:.2f}, above {halt.threshold:.2f}; automatic approval is halted."
    rule = RuleResult("drift", "", "refer", zh, en, "风险监测 / Risk monitoring", staff=True)
    return replace(
        decision,
        lane="refer",
        reasons=(told,),
        offer=None,
        officer_offer=decision.offer,
        rules=(*decision.rules, rule),
    )


def _reasons(
    lane: Lane,
    inputs: PolicyInputs,
    rules: tuple[RuleResult, ...],
    best: Offer | None,
    explanation: tuple[Reason, ...],
) -> tuple[Reason, ...]:
    if lane == "approve":
        return (*_smaller(inputs, best), *pick(explanation, "favourable", MODEL_REASONS))
    told = ("decline",) if lane == "decline" else ("refer", "unknown")
    decisive = tuple(_of_rule(rule) for rule in rules if rule.outcome in told and not rule.staff)
    by_score = any(rule.id == "score" and rule.outcome in told and rule.outcome != "unknown" for rule in rules)
    return (*decisive, *(pick(explanation, "adverse", MODEL_REASONS) if by_score else ()))


def _of_rule(rule: RuleResult) -> Reason:
    return Reason(f"rule_{rule.id}", rule.zh, rule.en, "adverse", 1.0)


def _smaller(inputs: PolicyInputs, best: Offer | None) -> tuple[Reason, ...]:
    asked = inputs.application.amount_fen
    if best is None or best.amount_fen == asked:
        return ()
    return (
        Reason(
            "smaller_amount",
            f"您申请 {yuan(asked)} 元，按您的收入、负债和信用等级可借 {yuan(best.amount_fen)} 元。",
            f"You asked for {yuan(asked)} yuan; your income, debts and grade allow {yuan(best.amount_fen)} yuan.",
            "adverse",
            1.0,
        ),
    )
