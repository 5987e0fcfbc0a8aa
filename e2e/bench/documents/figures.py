"""The figures of a run and their table."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from e2e.bench.documents.score import Miss, Outcome, readable_and_read
from portal.documents.queries import HIGH

_AMOUNTS = (
    "payslip.gross_pay", "payslip.deductions", "payslip.net_pay", "income_certificate.monthly_income",
    "income_certificate.annual_income",
)  # fmt: skip
_DATES = ("id_card_front.birth_date", "id_card_front.sex", "id_card_back.valid_to")


@dataclass(frozen=True, slots=True)
class Figure:
    """`reached` out of `total`; `at_least` says which side of `target` is good."""

    name: str
    reached: float
    total: int
    target: float
    at_least: bool = True

    @property
    def share(self) -> float:
        return self.reached / self.total if self.total else float("nan")

    @property
    def met(self) -> bool:
        """Nothing measured is not met."""
        return self.share >= self.target if self.at_least else self.share <= self.target

    def row(self) -> str:
        """A row of the table."""
        sign = "≥" if self.at_least else "≤"
        reached = f"{self.reached:g}" if self.reached == int(self.reached) else f"{self.reached:.1f}"
        mark = "yes" if self.met else "**no**"
        return f"| {self.name} | {sign} {self.target:.1%} | {self.share:.2%} ({reached} of {self.total}) | {mark} |"


def figures(outcomes: list[Outcome]) -> list[Figure]:
    """The figures that must be reached, over all samples given."""
    hits, totals = Counter[str](), Counter[str]()
    read = list(readable_and_read(outcomes))
    for outcome in read:
        hits.update(outcome.hits)
        totals.update(outcome.totals)

    def exact(name: str, target: float, *keys: str) -> Figure:
        return Figure(name, sum(hits[key] for key in keys), sum(totals[key] for key in keys), target)

    readable = [outcome for outcome in outcomes if outcome.readable]
    unreadable = [outcome for outcome in outcomes if not outcome.readable]
    rows = np.array([outcome.rows for outcome in read] or [(0, 0)]).sum(axis=0)
    characters = np.array([outcome.characters for outcome in read] or [(0, 0)]).sum(axis=0)
    wrong = sum(miss.accepted for outcome in outcomes for miss in outcome.misses if miss.field != "row")
    wrong_rows = np.array([outcome.rows_accepted for outcome in outcomes] or [(0, 0)]).sum(axis=0)
    return [
        exact("ID number exact, on the card", 0.995, "id_card_front.id_number"),
        exact("name exact, on the card", 0.99, "id_card_front.name"),
        exact("birth date, sex, expiry exact", 0.995, *_DATES),
        Figure("address, characters right", float(characters[0]), int(characters[1]), 0.98),
        exact("amounts of payslips and certificates exact", 0.985, *_AMOUNTS),
        Figure("statement rows exact (date, amount, balance)", int(rows[0]), int(rows[1]), 0.97),
        Figure("wrong values accepted without being asked", wrong, sum(o.accepted for o in outcomes), 0.002, False),
        Figure("wrong statement rows above the threshold", int(wrong_rows[0]), int(wrong_rows[1]), 0.002, False),
        Figure(
            "unreadable pictures refused with the right reason",
            sum(o.quality == o.sample.truth.quality for o in unreadable), len(unreadable), 0.95,
        ),
        Figure("readable pictures refused", sum(o.refused for o in readable), len(readable), 0.02, False),
    ]  # fmt: skip


def report(outcomes: list[Outcome]) -> list[str]:
    """The table, what is asked, how each reason fares, and each kind."""
    lines = ["| figure | must reach | reached | met |", "|---|---|---|---|"]
    lines += [figure.row() for figure in figures(outcomes)]
    read = list(readable_and_read(outcomes))
    printed = sum(outcome.totals.total() for outcome in read)
    asked = sum(outcome.asked for outcome in read)
    lines += ["", f"Asked in the chat (below {HIGH:.2f} or not found): {_share(asked, printed)} of the values printed."]
    lines += [f"Shares are of readable pictures that were not refused; {_strict(outcomes)}", ""]
    lines += ["| due | right reason | read instead | other reasons |", "|---|---|---|---|"]
    due = sorted({o.sample.truth.quality for o in outcomes} - {"ok"})
    for reason in due:
        of = [o for o in outcomes if o.sample.truth.quality == reason]
        right, passed = sum(o.quality == reason for o in of), sum(not o.refused for o in of)
        others = Counter(o.quality for o in of if o.refused and o.quality != reason)
        names = ", ".join(f"{name} {count}" for name, count in others.most_common())
        lines.append(f"| {reason} | {_share(right, len(of))} | {passed} | {names or '–'} |")
    lines += ["", "| field | exact | of |", "|---|---|---|"]
    hits, totals = Counter[str](), Counter[str]()
    for outcome in read:
        hits.update(outcome.hits)
        totals.update(outcome.totals)
    lines += [f"| {key} | {hits[key] / totals[key]:.1%} | {totals[key]} |" for key in sorted(totals)]
    wrong_kind = sum(o.kind != o.sample.truth.kind for o in read)
    lines += ["", f"Kind not recognised or wrong: {_share(wrong_kind, len(read))}."]
    return lines


def _strict(outcomes: list[Outcome]) -> str:
    """The same with a refusal counted as a miss, so that nothing hides behind refusing."""
    fronts = [o for o in outcomes if o.readable and o.sample.truth.kind == "id_card_front"]
    right = sum(o.hits["id_card_front.id_number"] for o in fronts)
    return f"with a refusal counted as a miss the ID number is exact on {_share(right, len(fronts))}."


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} ({part} of {whole})" if whole else "–"


def failures(outcomes: list[Outcome]) -> list[str]:
    """Every miss and every wrong verdict, the accepted ones first."""
    misses: list[Miss] = [miss for outcome in outcomes for miss in outcome.misses]
    misses.sort(key=lambda miss: (not miss.accepted, miss.kind, miss.field, miss.seed))
    lines = [
        f"{'WRONG ACCEPTED' if m.accepted else 'miss'} seed {m.seed} {m.kind}.{m.field}: "
        f"{m.truth!r} read {m.read!r} at {m.confidence:.3f}"
        for m in misses
        if m.accepted or m.truth != "(not printed)"
    ]
    for o in outcomes:
        truth = o.sample.truth
        about = f"seed {o.sample.seed} {truth.kind} {dict(truth.conditions)}"
        if o.quality != truth.quality:
            lines.append(f"verdict {truth.quality} got {o.quality}: {about}")
        elif not o.refused and o.kind != truth.kind:
            lines.append(f"kind got {o.kind}: {about}")
    return lines


def write_between_marks(path: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`; ValueError when the marks are not there."""
    page = path.read_text(encoding="utf-8")
    marks = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"{path} has no <!-- {name} --> marks")
    path.write_text(marks.sub(lambda found: f"{found[1]}{text.strip()}\n{found[2]}", page), encoding="utf-8")
