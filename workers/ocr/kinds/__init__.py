"""The kinds of documents we can read, one module each; a new kind is a module and a line here."""

from workers.ocr.kinds import bank_statement, fund_statement, id_card_back, id_card_front, income_certificate, payslip
from workers.ocr.kinds.kind import Kind
from workers.ocr.layout import Document

KINDS: tuple[Kind, ...] = (
    id_card_front.KIND,
    id_card_back.KIND,
    payslip.KIND,
    income_certificate.KIND,
    bank_statement.KIND,
    fund_statement.KIND,
)

_ENOUGH, _CLEARLY = 1.0, 0.1


def recognise(document: Document) -> Kind | None:
    """The kind with the most weight; None when no kind reaches 1, or two are as good as level."""
    plain = document.plain
    (best, first), (second, _) = sorted(
        ((kind.weight(plain), index) for index, kind in enumerate(KINDS)), reverse=True
    )[:2]
    return KINDS[first] if best >= _ENOUGH and best - second >= _CLEARLY else None
