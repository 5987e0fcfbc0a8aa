import tomllib

import pytest

from portal.applications import product
from portal.script.catalogue import Product, scripts
from portal.settings import ROOT

PRODUCTS = [catalogue.product for version in scripts().versions.values() for catalogue in version.values()]


@pytest.mark.parametrize("offered", PRODUCTS, ids=lambda offered: offered.id)
def test_every_product_lies_within_the_policy(offered: Product) -> None:
    policy = tomllib.loads((ROOT / "scoring" / "policies" / "standard.toml").read_text(encoding="utf-8"))["product"]
    assert policy["min_amount_fen"] <= offered.bounds.min_fen <= offered.bounds.max_fen <= policy["max_amount_fen"]
    assert offered.bounds.step_fen % policy["amount_step_fen"] == 0
    assert set(offered.terms_months) <= set(policy["terms_months"])


def test_the_pages_state_what_the_policy_decides_on() -> None:
    policy = tomllib.loads((ROOT / "scoring" / "policies" / "standard.toml").read_text(encoding="utf-8"))
    rates = policy["price"]["annual_rate_bp"].values()
    assert (min(rates), max(rates)) == (product.MIN_RATE_BP, product.MAX_RATE_BP)
    assert policy["applicant"]["min_age"] == product.MIN_AGE
    assert policy["applicant"]["max_age_at_end"] == product.MAX_AGE_AT_END
