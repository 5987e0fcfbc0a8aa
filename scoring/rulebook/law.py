"""What the law lets no table exceed: each bound with its citation and the day from which it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scoring.rulebook.errors import PolicyError
from scoring.rulebook.graphs import Table


@dataclass(frozen=True, slots=True)
class LegalBound:
    """`least` and `most` bound a figure that rows give, a setting, or a fact: rows with an outcome in `outcomes` must
    not hold beyond them."""

    name: str
    of: Literal["figure", "setting", "fact"]
    zh: str
    en: str
    citation: str
    effective_on: date
    most: int | None = None
    least: int | None = None
    outcomes: tuple[str, ...] = ("pass",)


LEGAL_BOUNDS: tuple[LegalBound, ...] = (
    LegalBound(
        "annual_rate_bp",
        "figure",
        "综合融资成本年化不超过 24%",
        "all-in cost of 24% a year at most",
        "《关于加强商业银行互联网助贷业务管理 提升金融服务质效的通知》",
        date(2025, 10, 1),
        most=2_400,
    ),
    LegalBound(
        "max_amount_fen",
        "figure",
        "单户个人消费信用贷款不超过 20 万元",
        "200,000 yuan at most for one person's consumer credit",
        "《商业银行互联网贷款管理暂行办法》第六条",
        date(2020, 7, 12),
        most=20_000_000,
    ),
    LegalBound(
        "product.max_amount_fen",
        "setting",
        "产品最高金额不超过 20 万元",
        "a product of 200,000 yuan at most",
        "《商业银行互联网贷款管理暂行办法》第六条",
        date(2020, 7, 12),
        most=20_000_000,
    ),
    LegalBound(
        "term_months",
        "fact",
        "个人消费贷款期限不超过五年",
        "five years at most for a consumer loan",
        "《个人贷款管理办法》（2024）",
        date(2024, 7, 1),
        most=60,
    ),
    LegalBound(
        "age",
        "fact",
        "借款人须为完全民事行为能力人，年满 18 周岁",
        "a borrower of full capacity, 18 or older",
        "《民法典》第十七、十八条",
        date(2021, 1, 1),
        least=18,
        outcomes=("pass", "refer"),
    ),
    LegalBound(
        "authorised",
        "fact",
        "没有征信授权不得自动通过",
        "no automatic approval without a credit inquiry authorisation",
        "《征信业管理条例》第十八条",
        date(2013, 3, 15),
        least=1,
    ),
)


def check_law(tables: Mapping[str, Sequence[Table]], settings: Mapping[str, int]) -> None:
    """`tables` by file. Raises PolicyError with the citation where a bound is crossed."""
    for bound in LEGAL_BOUNDS:
        if bound.of == "setting":
            _check(bound, settings[bound.name], bound.name)
            continue
        for file, inside in tables.items():
            for table in inside:
                _check_table(bound, table, f"{file}/{table.id}")


def _check_table(bound: LegalBound, table: Table, place: str) -> None:
    column = next((i for i, fact in enumerate(table.facts) if fact.name == bound.name), None)
    for row in table.rows:
        if bound.of == "figure" and bound.name in row.gives:
            _check(bound, int(row.gives[bound.name]), f"{place}/{row.id}")
        if bound.of == "fact" and column is not None and row.gives["outcome"] in bound.outcomes:
            for low, high in row.cells[column].spans:
                _check(bound, low, f"{place}/{row.id}")
                _check(bound, high, f"{place}/{row.id}")


def _check(bound: LegalBound, value: int, place: str) -> None:
    if (bound.most is not None and value > bound.most) or (bound.least is not None and value < bound.least):
        problem = f"past its legal bound, {bound.en} ({bound.citation}, from {bound.effective_on})"
        zh = f"超出法定界限：{bound.zh}（{bound.citation}，{bound.effective_on} 起施行）"
        raise PolicyError(place, problem, zh)
