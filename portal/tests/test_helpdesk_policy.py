"""The page of the policy in force: tables, lines and legal bounds, in both languages."""

from typing import Any

from litestar import Litestar

from portal.db.models import EngineKind, Role
from portal.db.uow import UnitsOfWork
from portal.policies.service import begin_first_term
from portal.settings import Settings
from portal.testing.desk import desk_of
from portal.underwriting.engine import keep_version

AGE: dict[str, Any] = {
    "id": "age",
    "file": "knock_out",
    "title": ["年龄", "Age"],
    "basis": ["《民法典》第十七、十八条", "Civil Code, articles 17 and 18"],
    "staff": False,
    "columns": [["年龄", "age"]],
    "rows": [
        {
            "id": "age-young",
            "cells": [["低于 22 周岁", "below 22"]],
            "outcome": "decline",
            "sentence": ["您目前 〈年龄〉 周岁。", "You are 〈age〉."],
        }
    ],
}
DESCRIBED: dict[str, Any] = {
    "rules_version": "aa11",
    "tables": [AGE],
    "lanes": {
        "approve_max_pd": 0.12,
        "decline_min_pd": 1.000001,
        "derivation": {
            "cases": "drawn",
            "count": 800,
            "base_rate": 0.03,
            "confidence": 0.95,
            "figures": {"bad_rate": [0.012, 0.01, 0.015]},
        },
    },
    "bounds": [
        {
            "name": "age",
            "words": ["年满 18 周岁", "18 or older"],
            "citation": "《民法典》",
            "effective_on": "2021-01-01",
        }
    ],
}


async def test_risk_reads_the_policy_in_force(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    async with desk_of(app, units, settings, Role.RISK) as desk:
        assert "还没有生效的政策" in (await desk.open("/helpdesk/policy")).text
        async with units.begin() as uow:
            await keep_version(uow, EngineKind.POLICY, "standard-2+1", b"zip", DESCRIBED)
        async with units.begin() as uow:
            await begin_first_term(uow, "standard-2+1")
            await keep_version(uow, EngineKind.POLICY, "standard-3+2", b"zip", {**DESCRIBED, "tables": []})
        page = (await desk.open("/helpdesk/policy")).text
        desk.browser.cookies.set("language", "en")
        english = (await desk.open("/helpdesk/policy")).text
    for words in (
        "standard-2+1",
        "age-young",
        "低于 22 周岁",
        "您目前 〈年龄〉 周岁。",
        "12.00%",
        "不仅凭评分拒绝",
        "1.00%–1.50%",
    ):
        assert words in page
    for words in ("年满 18 周岁", "《民法典》", "2021年1月1日", 'href="/helpdesk/policy" aria-current="page"'):
        assert words in page
    for words in (
        "below 22",
        "You are 〈age〉.",
        "18 or older",
        "Derived from 800 cases",
        "Nobody is declined by score alone",
    ):
        assert words in english
