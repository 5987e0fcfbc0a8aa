"""Two policies over the same cases: what each would decide, whose outcome turns and by which rows, and for whom.

Nothing here quotes a person: cases are named by their reference, reasons by table and row.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.decision import AssessmentRecord
from scoring.metrics import wilson

MOST_FLIPS = 500
"""Listed one by one; all are counted."""

_LANES = ("approve", "refer", "decline")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One policy's on one case: its lane, the rows that held by table with what they came to, and the loan where it
    approves (fen, bp a year). `by_score`: declined, and no other rule would have."""

    lane: str
    pd: float | None
    rows: Mapping[str, tuple[str, str]]
    by_score: bool
    amount_fen: int | None = None
    annual_rate_bp: int | None = None
    monthly_payment_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`groups`: what is told apart afterwards and decided nothing, such as {"sex": "F"}. `bad`: how the loan turned
    out, None where none was made or it is too early to tell."""

    reference: str
    groups: Mapping[str, str]
    before: Verdict
    after: Verdict
    bad: bool | None = None


def verdict(record: AssessmentRecord) -> Verdict:
    """The part of an assessment that is compared."""
    decision = record.decision
    declining = [rule.id for rule in decision.rules if rule.outcome == "decline"]
    offer = decision.offer
    return Verdict(
        lane=decision.lane,
        pd=record.score.pd if record.score else None,
        rows={rule.id: (rule.row, rule.outcome) for rule in decision.rules},
        by_score=declining == ["score"],
        amount_fen=offer.amount_fen if offer else None,
        annual_rate_bp=offer.annual_rate_bp if offer else None,
        monthly_payment_fen=offer.monthly_payment_fen if offer else None,
    )


def compare(cases: Sequence[Case]) -> dict[str, Any]:
    """JSON: `before` and `after` as counts and shares, `prices` of what both approve, `groups` and their `gaps` with
    95 % intervals, `flips`, the most telling first (away from approval, then towards it)."""
    turned = [case for case in cases if case.before.lane != case.after.lane]
    flips = sorted(turned, key=lambda case: (case.before.lane != "approve", case.after.lane != "approve"))
    return {
        "count": len(cases),
        "before": _side([(case.before, case.bad) for case in cases]),
        "after": _side([(case.after, case.bad) for case in cases]),
        "prices": _prices(cases),
        "groups": _groups(cases),
        "flipped": len(turned),
        "moves": _moves(turned),
        "flips": [_flip(case) for case in flips[:MOST_FLIPS]],
    }


def _side(decided: Sequence[tuple[Verdict, bool | None]]) -> dict[str, Any]:
    """`bad_rate` is observed, of what is approved and has turned out; `mean_pd` is what the model expects of all."""
    verdicts = [one for one, _ in decided]
    approved = [one for one in verdicts if one.lane == "approve"]
    turned_out = [bad for one, bad in decided if one.lane == "approve" and bad is not None]
    pds = [one.pd for one in approved if one.pd is not None and math.isfinite(one.pd)]
    rates = [one.annual_rate_bp for one in approved if one.annual_rate_bp is not None]
    return {
        **{lane: _share(sum(one.lane == lane for one in verdicts), len(verdicts)) for lane in _LANES},
        "declined_by_score": _share(sum(one.by_score for one in verdicts), len(verdicts)),
        "bad_rate": _share(sum(turned_out), len(turned_out)),
        "mean_pd": sum(pds) / len(pds) if pds else None,
        "mean_rate_bp": sum(rates) / len(rates) if rates else None,
        "granted_fen": sum(one.amount_fen or 0 for one in approved),
    }


def _share(hits: int, cases: int) -> dict[str, Any]:
    low, high = wilson(hits, cases)
    return {"count": hits, "of": cases, "share": hits / cases if cases else None, "low": low, "high": high}


def _prices(cases: Sequence[Case]) -> dict[str, Any]:
    """Of the loans that both policies grant."""
    both = [
        (case.before, case.after)
        for case in cases
        if case.before.annual_rate_bp is not None and case.after.annual_rate_bp is not None
    ]
    rates = [(old.annual_rate_bp or 0, new.annual_rate_bp or 0) for old, new in both]
    amounts = [(old.amount_fen or 0, new.amount_fen or 0) for old, new in both]
    payments = [(new.monthly_payment_fen or 0) - (old.monthly_payment_fen or 0) for old, new in both]
    return {
        "count": len(both),
        "dearer": sum(new > old for old, new in rates),
        "cheaper": sum(new < old for old, new in rates),
        "larger": sum(new > old for old, new in amounts),
        "smaller": sum(new < old for old, new in amounts),
        "rate_change_bp": sum(new - old for old, new in rates) / len(both) if both else None,
        "payment_change_fen": sum(payments) / len(both) if both else None,
    }


def _groups(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Approval within each group, and how far it is from everybody else's."""
    found = []
    for by in dict.fromkeys(name for case in cases for name in case.groups):
        told = [case for case in cases if by in case.groups]
        for group in sorted({case.groups[by] for case in told}):
            inside = [case for case in told if case.groups[by] == group]
            outside = [case for case in told if case.groups[by] != group]
            sides = {}
            for name, pick in (("before", False), ("after", True)):
                ours, theirs = _approved(inside, after=pick), _approved(outside, after=pick)
                gap = _gap(ours, len(inside), theirs, len(outside)) if outside else None
                sides[name] = {**_share(ours, len(inside)), "gap": gap}
            found.append({"by": by, "group": group, "count": len(inside), **sides})
    return found


def _approved(cases: Iterable[Case], *, after: bool) -> int:
    return sum((case.after if after else case.before).lane == "approve" for case in cases)


def _gap(hits: int, cases: int, other_hits: int, others: int) -> dict[str, float]:
    """Difference of two shares with Newcombe's 95 % interval from Wilson's (1998, method 10)."""
    p, q = hits / cases, other_hits / others
    (low, high), (other_low, other_high) = wilson(hits, cases), wilson(other_hits, others)
    return {
        "value": p - q,
        "low": p - q - math.hypot(p - low, other_high - q),
        "high": p - q + math.hypot(high - p, q - other_low),
    }


def _moves(turned: Sequence[Case]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str], int] = {}
    for case in turned:
        move = (case.before.lane, case.after.lane)
        counted[move] = counted.get(move, 0) + 1
    return [{"from": a, "to": b, "count": n} for (a, b), n in sorted(counted.items(), key=lambda item: -item[1])]


def _flip(case: Case) -> dict[str, Any]:
    """`why`: the tables that came to something else, with the row that held before and the one that holds now."""
    before, after = case.before, case.after
    tables = [*after.rows, *(table for table in before.rows if table not in after.rows)]
    why = [
        {"table": table, "before": before.rows.get(table, ("", ""))[0], "after": after.rows.get(table, ("", ""))[0]}
        for table in tables
        if before.rows.get(table, ("", ""))[1] != after.rows.get(table, ("", ""))[1]
    ]
    return {"reference": case.reference, "from": before.lane, "to": after.lane, "why": why}
