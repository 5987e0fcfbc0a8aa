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


def recognise(document: Document) -> Kind | None:
    """The kind with the most weight, None when no kind reaches 1."""
    plain = document.plain
    best = max(KINDS, key=lambda kind: kind.weight(plain))
    return best if best.weight(plain) >= 1 else None
