"""The FAQ's answers with the product's own figures in them, in both languages."""

from functools import cache

from portal.accounts.service import TTL
from portal.applications.product import MAX_AGE_AT_END, MAX_RATE_BP, MIN_AGE, MIN_RATE_BP
from portal.domain.money import format_rate, monthly_payment_fen
from portal.domain.text import Bilingual
from portal.domain.workflow import UNTOUCHED, Step
from portal.script.catalogue import Product
from portal.understanding.faq import entries

_EXAMPLE_FEN, _EXAMPLE_MONTHS = 5_000_000, 36


def answer_of(entry: str, product: Product) -> Bilingual | None:
    """What the FAQ says under this product; None for an entry that it has no longer."""
    known = entries().get(entry)
    return None if known is None else Bilingual(known.answer["zh"], known.answer["en"]).fill(**_figures(product))


@cache
def _figures(product: Product) -> dict[str, str]:
    low, high = (monthly_payment_fen(_EXAMPLE_FEN, bp, _EXAMPLE_MONTHS) // 100 for bp in (MIN_RATE_BP, MAX_RATE_BP))
    return {
        "min_rate": format_rate(MIN_RATE_BP),
        "max_rate": format_rate(MAX_RATE_BP),
        "min_amount": f"{product.bounds.min_fen // 100:,}",
        "max_amount": f"{product.bounds.max_fen // 100:,}",
        "amount_step": f"{product.bounds.step_fen // 100:,}",
        "terms": " / ".join(map(str, product.terms_months)),
        "example": f"{_EXAMPLE_FEN // 100:,}",
        "example_months": str(_EXAMPLE_MONTHS),
        "example_low": f"{low:,}",
        "example_high": f"{high:,}",
        "min_age": str(MIN_AGE),
        "max_age": str(MAX_AGE_AT_END),
        "draft_days": str(UNTOUCHED[Step.ERASE_DRAFT].days),
        "code_minutes": str(int(TTL.total_seconds()) // 60),
    }
