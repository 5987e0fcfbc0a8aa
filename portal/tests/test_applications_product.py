import tomllib

from portal.applications import product
from portal.settings import ROOT


def test_the_pages_state_what_the_policy_decides_on() -> None:
    policy = tomllib.loads((ROOT / "scoring" / "policies" / "standard.toml").read_text(encoding="utf-8"))
    offered, rates = policy["product"], policy["price"]["annual_rate_bp"].values()
    assert offered["min_amount_fen"] == product.MIN_AMOUNT_FEN
    assert offered["max_amount_fen"] == product.MAX_AMOUNT_FEN
    assert offered["amount_step_fen"] == product.AMOUNT_STEP_FEN
    assert tuple(offered["terms_months"]) == product.TERMS_MONTHS
    assert (min(rates), max(rates)) == (product.MIN_RATE_BP, product.MAX_RATE_BP)
    assert policy["applicant"]["min_age"] == product.MIN_AGE
    assert policy["applicant"]["max_age_at_end"] == product.MAX_AGE_AT_END
