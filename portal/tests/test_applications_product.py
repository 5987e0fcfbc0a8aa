import json
import tomllib
from typing import Any

import pytest

from portal.applications import product
from portal.script.catalogue import Product, scripts
from portal.settings import ROOT

PRODUCTS = [catalogue.product for version in scripts().versions.values() for catalogue in version.values()]
POLICY = ROOT / "scoring" / "policies" / "standard"


def rows(file: str, table: str) -> dict[str, dict[str, Any]]:
    """The rows of one of the policy's tables by their ids: the portal may not ask the library."""
    nodes = json.loads((POLICY / f"{file}.json").read_text(encoding="utf-8"))["nodes"]
    return {row["_id"]: row for node in nodes if node["id"] == table for row in node["content"]["rules"]}


@pytest.mark.parametrize("offered", PRODUCTS, ids=lambda offered: offered.id)
def test_every_product_lies_within_the_policy(offered: Product) -> None:
    policy = tomllib.loads((POLICY / "policy.toml").read_text(encoding="utf-8"))["product"]
    assert policy["min_amount_fen"] <= offered.bounds.min_fen <= offered.bounds.max_fen <= policy["max_amount_fen"]
    assert offered.bounds.step_fen % policy["amount_step_fen"] == 0
    lent = {int(months) for months in rows("knock_out", "product")["product-pass"]["term_months"].split(",")}
    assert set(offered.terms_months) <= lent


def test_the_pages_state_what_the_policy_decides_on() -> None:
    rates = [int(row["=annual_rate_bp"]) for row in rows("price", "rate").values()]
    assert (min(rates), max(rates)) == (product.MIN_RATE_BP, product.MAX_RATE_BP)
    passes = rows("knock_out", "age")["age-pass"]
    assert (passes["age"], passes["age_at_end"]) == (f">= {product.MIN_AGE}", f"<= {product.MAX_AGE_AT_END}")
