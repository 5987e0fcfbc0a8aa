"""The level monthly payment (等额本息); the schedule itself belongs to whoever services the loan."""

from decimal import ROUND_HALF_UP, Decimal, localcontext


def monthly_payment_fen(amount_fen: int, annual_rate_bp: int, term_months: int) -> int:
    """Half up to a fen, exact in decimals: the same figure as the contract's schedule."""
    with localcontext(prec=60):
        rate = Decimal(annual_rate_bp) / 120_000
        exact = amount_fen * rate / (1 - (1 + rate) ** -term_months) if rate else Decimal(amount_fen) / term_months
        return int(exact.to_integral_value(ROUND_HALF_UP))
