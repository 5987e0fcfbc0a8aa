"""Questions that follow from documents: what was read poorly is asked again, what does not fit is asked once.

A doubt (`DOUBTS`) is asked when the reader is not sure of a fact that the decision rests on, with what it read filled
in; a mismatch (`MISMATCHES`) when a check of portal.documents.checks fails. Neither is asked of most people.
"""

from collections.abc import Mapping

from portal.applications.queries import AnswerValue
from portal.documents.checks import RULES, Rule
from portal.domain.errors import Invalid
from portal.domain.text import N_
from portal.intake.days import parse_last_day
from portal.intake.question import Choice, Question, Reading, Section, not_typed, parse_monthly

KEEP = "keep"
KEPT_PREFIX = "kept_"
EXTRA = "income_extra"


def _parse_kept(text: str) -> AnswerValue:
    if text != KEEP:
        raise Invalid(public=N_("请从下面的选项里选一个。"))
    return text


def _mismatch(rule: Rule) -> Question:
    return Question(
        f"{KEPT_PREFIX}{rule.id}",
        Section.IDENTITY if rule.id.startswith("id_") else Section.MEANS,
        rule.ask,
        rule.label,
        N_("对不上的地方先请您看一遍。您确认没错的，由审核员核对，不会因此直接拒绝。"),
        "mismatch",
        _parse_kept,
        choices=(Choice(KEEP, N_("都没错，继续")),),
    )


DOUBTS: tuple[Question, ...] = (
    Question(
        "valid_to",
        Section.IDENTITY,
        N_("身份证有效期到哪一天？"),
        N_("身份证有效期至"),
        N_("照片上的有效期没有读清楚，请您看一遍。"),
        "text",
        parse_last_day,
        hint=N_("国徽面“有效期限”的后一个日期，例如 2041-06-08；长期有效请写“长期”。"),
        reading=Reading("id_back", ("valid_to",)),
    ),
    Question(
        "proven_income",
        Section.MEANS,
        N_("收入证明上写的月收入是多少？"),
        N_("收入证明上的月收入"),
        N_("照片上的金额没有读清楚，请您看一遍。"),
        "money",
        parse_monthly,
        hint=N_("实发工资、月收入或缴存基数，按收入证明上的写法填。"),
        reading=Reading("income_proof", ("net_pay", "monthly_income", "salary_monthly", "base")),
    ),
)

MISMATCHES: Mapping[str, Question] = {rule.id: _mismatch(rule) for rule in RULES if rule.ask}

EXTRA_PROOF = Question(
    EXTRA,
    Section.MEANS,
    N_("可以再补充一份收入材料。"),
    N_("补充的收入材料"),
    N_("两份材料放在一起，能说明得更清楚。"),
    "document",
    not_typed,
    hint=N_("例如最近几个月的银行流水，照片和 PDF 都可以。"),
    optional=True,
)

FOLLOW_UPS: tuple[Question, ...] = (*DOUBTS, EXTRA_PROOF, *MISMATCHES.values())

AFTER: Mapping[str, tuple[Question, ...]] = {
    "id_number": (DOUBTS[0],),
    "education": tuple(one for one in MISMATCHES.values() if one.section is Section.IDENTITY),
    "monthly_income": (DOUBTS[1],),
    "other_debt": (EXTRA_PROOF, *(one for one in MISMATCHES.values() if one.section is Section.MEANS)),
}
"""Where they stand: behind everything that they are about."""
