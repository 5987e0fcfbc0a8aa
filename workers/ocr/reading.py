"""What a document says. Plain values only: they cross from the child process and go to the database as they are.

Normal forms of `Field.value`: dates ISO 8601 (`long_term` for 长期), months `YYYY-MM`, amounts whole fen (`-` for money
out), sex `M` or `F`, an identity number in capitals without spaces, everything else NFKC text. A field that was not
found is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

KindName = Literal[
    "id_card_front", "id_card_back", "payslip", "income_certificate", "bank_statement", "fund_statement", "unknown"
]
Severity = Literal["info", "warning", "error"]
Box = tuple[int, int, int, int]

LONG_TERM = "long_term"
AMOUNTS = frozenset(
    (
        *("gross_pay", "net_pay", "deductions", "monthly_income", "annual_income", "amount", "balance"),
        *("inflow_total", "salary_monthly", "base", "monthly_deposit"),
    )
)
"""The fields, of documents and of statement rows, whose value is whole fen."""


@dataclass(frozen=True, slots=True)
class Field:
    """`confidence` is 0…1 on one scale for all fields (workers.ocr.kinds.confidence); `page` counts from 0.

    `box` is left, top, right, bottom in pixels of `Reading.pages[page]`.
    """

    value: str
    confidence: float
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Check:
    """One rule applied to the fields; a rule whose fields were not all found is absent.

    `zh` and `en` say what was found, for staff; they never contain a field's value.
    """

    id: str
    passed: bool
    severity: Severity
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page as kept: upright, re-encoded as JPEG without metadata, long side at most 2000 px."""

    width: int
    height: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """`quality` is `ok` or the id of a reason in `workers.ocr.quality.REASONS`; then nothing else can be relied on.

    `rows` are the lines of a bank statement in the order printed (`date`, `summary`, `amount`, `balance`).
    `pages` and `thumbnail` are empty when the file could not be decoded. `fingerprint` is the first page's
    (workers.ocr.fingerprint), empty for a page without a background.
    """

    kind: KindName
    quality: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    pages: tuple[Page, ...] = ()
    thumbnail: bytes = field(default=b"", repr=False)
    rows: tuple[Mapping[str, Field], ...] = ()
    fingerprint: str = ""

    @property
    def side(self) -> Literal["front", "back"] | None:
        """Which side of an identity card, None for every other kind."""
        if self.kind == "id_card_front":
            return "front"
        return "back" if self.kind == "id_card_back" else None
