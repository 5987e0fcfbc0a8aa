"""What a reading got right of a sample's truth."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from e2e.bench.documents.people import normal
from e2e.bench.documents.samples import Sample, Truth
from portal.documents.queries import HIGH
from workers.ocr.reading import Field, Reading

_SALARY = ("工资", "薪")
_ROW = ("date", "amount", "balance")
# Of words nobody prints twice alike, blanks and brackets' width do not count.
_WORDS = {"employer", "authority", "address", "name", "amount_in_words", "ethnicity", "account"}


@dataclass(frozen=True, slots=True)
class Miss:
    """A value that was not read as printed; specimens, so it may be shown."""

    seed: int
    kind: str
    field: str
    truth: str
    read: str
    confidence: float

    @property
    def accepted(self) -> bool:
        """Whether the portal would have taken it without asking."""
        return self.confidence >= HIGH


@dataclass(slots=True)
class Outcome:
    """One sample's marks. `hits` and `totals` count values by `kind.field`; `seconds` and `cpu` are of the whole read.

    `accepted` counts values at or above the threshold, `asked` printed values below it or not found, both of fields.
    """

    sample: Sample
    quality: str
    kind: str
    seconds: float = 0.0
    cpu: float = 0.0
    hits: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    characters: tuple[float, int] = (0.0, 0)
    rows: tuple[int, int] = (0, 0)
    rows_accepted: tuple[int, int] = (0, 0)
    accepted: int = 0
    asked: int = 0
    misses: list[Miss] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """By construction."""
        return self.sample.truth.quality == "ok"

    @property
    def refused(self) -> bool:
        return self.quality != "ok"


def score(sample: Sample, reading: Reading, seconds: float = 0.0, cpu: float = 0.0) -> Outcome:
    """Marks of one reading. A refused reading has no values."""
    outcome = Outcome(sample, reading.quality, reading.kind, seconds, cpu)
    if outcome.refused:
        return outcome
    truth = _with_sums(sample.truth)
    for name, wanted in truth.items():
        _mark(outcome, name, wanted, reading.fields.get(name))
    for name, found in reading.fields.items():
        if name not in truth:
            # Nothing of the kind is printed; whatever was accepted was made up.
            outcome.accepted += found.confidence >= HIGH
            outcome.misses.append(_miss(outcome, name, "(not printed)", found))
    _mark_rows(outcome, reading)
    return outcome


def _mark(outcome: Outcome, name: str, wanted: str, found: Field | None) -> None:
    key = f"{outcome.sample.truth.kind}.{name}"
    outcome.totals[key] += 1
    value = "" if found is None else normal(found.value) if name in _WORDS else found.value
    if name == "address":
        outcome.characters = (max(0.0, len(wanted) - _distance(wanted, value)), len(wanted))
    if found is None or found.confidence < HIGH:
        outcome.asked += 1
    else:
        outcome.accepted += 1
    if value == wanted:
        outcome.hits[key] += 1
    else:
        outcome.misses.append(_miss(outcome, name, wanted, found))


def _miss(outcome: Outcome, name: str, wanted: str, found: Field | None) -> Miss:
    truth = outcome.sample.truth
    value, confidence = ("", 0.0) if found is None else (found.value, found.confidence)
    return Miss(outcome.sample.seed, truth.kind, name, wanted, value, confidence)


def _with_sums(truth: Truth) -> dict[str, str]:
    """The fields of a statement that follow from its rows, as workers.ocr.kinds.bank_statement defines them."""
    fields = dict(truth.fields)
    incoming = [row for row in truth.rows if int(row["amount"]) > 0]
    if incoming:
        fields["inflow_total"] = str(sum(int(row["amount"]) for row in incoming))
    salaries = [row for row in incoming if any(word in row["summary"] for word in _SALARY)]
    if salaries:
        months = {row["date"][:7] for row in salaries}
        fields["salary_monthly"] = str(sum(int(row["amount"]) for row in salaries) // len(months))
    return fields


def _mark_rows(outcome: Outcome, reading: Reading) -> None:
    """A row counts when date, amount and balance are exact; a row read twice or made up counts as one missed."""
    printed = Counter(tuple(row[name] for name in _ROW) for row in outcome.sample.truth.rows)
    found = [row for row in reading.rows if all(name in row for name in _ROW)]
    read = Counter(tuple(row[name].value for name in _ROW) for row in found)
    outcome.rows = (sum((printed & read).values()), max(printed.total(), len(reading.rows)))
    sure = [row for row in found if all(row[name].confidence >= HIGH for name in _ROW)]
    wrong = [row for row in sure if tuple(row[name].value for name in _ROW) not in printed]
    outcome.rows_accepted = (len(wrong), len(sure))
    truth = outcome.sample.truth
    for missing in (printed - read).elements():
        near = _nearest(missing, found)
        confidence = min((near[name].confidence for name in _ROW), default=0.0) if near else 0.0
        text = " ".join(near[name].value for name in _ROW) if near else ""
        outcome.misses.append(Miss(outcome.sample.seed, truth.kind, "row", " ".join(missing), text, confidence))


def _nearest(wanted: tuple[str, ...], rows: list[Mapping[str, Field]]) -> Mapping[str, Field] | None:
    """The row read that has most in common, None when nothing has."""
    scored = [
        (sum(row[name].value == value for name, value in zip(_ROW, wanted, strict=True)), i)
        for i, row in enumerate(rows)
    ]
    best = max(scored, default=(0, 0))
    return rows[best[1]] if best[0] else None


def _distance(one: str, other: str) -> int:
    """Levenshtein's."""
    before = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
        before = row
    return before[-1]


def common(one: str, other: str) -> int:
    """The length of the longest common subsequence."""
    before = [0] * (len(other) + 1)
    for a in one:
        row = [0]
        for j, b in enumerate(other, start=1):
            row.append(before[j - 1] + 1 if a == b else max(before[j], row[-1]))
        before = row
    return before[-1]


def readable_and_read(outcomes: list[Outcome]) -> Iterator[Outcome]:
    """What a person can read and the reader did not refuse."""
    return (outcome for outcome in outcomes if outcome.readable and not outcome.refused)
