"""The facts that tables may ask about: a name, a kind that says how it reads, and every value it can take.

All figures are whole numbers (fen, bp, parts per million, months), so that the ends of an interval are exact. None is
"not known" and a value of its own in every table: a row has to say what happens then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind = Literal["flag", "category", "count", "years", "months", "days", "fen", "bp", "ppm", "times", "text"]
Value: TypeAlias = bool | int | str | None

WIDEST = 10**16
"""Beyond any figure that the fields of an application let through."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`times` counts hundredths, `text` only appears in sentences. `values` of a category: code, Chinese, English.

    `after_offer`: known only once an amount and a price have been found, so tables that find them can't ask for it.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    values: tuple[tuple[str, str, str], ...] = ()
    low: int = 0
    high: int = WIDEST
    after_offer: bool = False

    @property
    def domain(self) -> tuple[int, int]:
        """Least and greatest number; flags and categories are numbered from 0."""
        if self.kind == "flag":
            return 0, 1
        return (0, len(self.values) - 1) if self.kind == "category" else (self.low, self.high)

    def number(self, value: Value) -> int | None:
        """The value's place in the domain; None when it is no value of this fact (NaN, a fraction, another code)."""
        if self.kind == "category":
            return next((i for i, (code, _, _) in enumerate(self.values) if code == value), None)
        if isinstance(value, bool) is not (self.kind == "flag") or not isinstance(value, int):
            return None
        return int(value) if self.domain[0] <= value <= self.domain[1] else None


_EMPLOYMENT = (
    ("employed", "受雇", "employed"),
    ("self_employed", "自营", "self-employed"),
    ("civil_servant", "机关事业单位", "public service"),
    ("retired", "退休", "retired"),
    ("student", "学生", "student"),
    ("unemployed", "无业", "not working"),
)
_ACTIONS = (("pass", "无异常", "nothing found"), ("refer", "需核实", "to be verified"), ("decline", "拒绝", "declined"))
_GRADES = tuple((grade, grade, grade) for grade in "ABCDE")
_OFFERS = (
    ("asked", "申请金额", "the amount asked for"),
    ("smaller", "较小金额", "a smaller amount"),
    ("none", "没有", "none"),
)

_ALL = (
    Fact("authorised", "flag", "征信授权有效", "credit inquiry authorised"),
    Fact("id_checksum_valid", "flag", "身份证号校验通过", "ID number passes its checksum"),
    Fact("id_days_left", "days", "身份证剩余有效天数", "days until the ID card expires", low=-4_000_000),
    Fact("id_expires_on", "text", "身份证到期日", "day the ID card expires"),
    Fact("identity_matches", "flag", "证件与填写一致", "ID document agrees with the answers"),
    Fact("mismatches", "count", "材料与填写不一致的处数", "differences between documents and answers"),
    Fact("age", "years", "年龄", "age", low=-10_000, high=10_000),
    Fact("age_at_end", "years", "贷款到期时的年龄", "age when the loan ends", low=-10_000, high=11_000),
    Fact("amount_fen", "fen", "申请金额", "amount asked for"),
    Fact("term_months", "months", "申请期限", "term asked for"),
    Fact("employment", "category", "就业情况", "employment", _EMPLOYMENT),
    Fact("watch_listed", "flag", "在关注名单中", "on the watch-list"),
    Fact("fraud_action", "category", "欺诈核查结果", "fraud screening", _ACTIONS),
    Fact("report_age_days", "days", "征信报告天数", "age of the credit report", low=-4_000_000),
    Fact("bureau_found", "flag", "有征信记录", "the bureau has a file"),
    Fact("written_off_accounts", "count", "呆账账户数", "accounts written off"),
    Fact("months_past_due_now", "months", "当前逾期月数（8 为呆账）", "months past due now (8: written off)", high=8),
    Fact("worst_past_due_24m", "months", "近 24 个月最长逾期月数", "longest delay in 24 months", high=8),
    Fact("late_months_24m", "count", "近 24 个月逾期月次", "late months in 24 months"),
    Fact("enforcements", "count", "强制执行记录数", "court enforcements"),
    Fact("other_public_records", "count", "欠税和民事判决记录数", "tax arrears and judgments"),
    Fact("inquiring_3m", "count", "近 3 个月因审批查询的机构数", "institutions that looked in 3 months"),
    Fact("open_consumer_loans", "count", "未结清的消费贷款笔数", "open consumer loans"),
    Fact("debt_with_loan_fen", "fen", "含本笔的无抵押负债", "unsecured debt with this loan", after_offer=True),
    Fact("debt_to_income", "times", "含本笔的无抵押负债与月收入之比", "unsecured debt over income", after_offer=True),
    Fact("verified_income_fen", "fen", "经证明的月收入", "proven monthly income"),
    Fact("pd_ppm", "ppm", "违约概率", "probability of default", high=1_000_001),
    Fact("points", "count", "信用评分", "score"),
    Fact("grade", "category", "信用等级", "grade", _GRADES),
    Fact("offer", "category", "按还款能力可提供", "what the means allow", _OFFERS, after_offer=True),
    Fact("offered_fen", "fen", "可提供的金额", "amount that can be offered", after_offer=True),
    Fact("dti_bp", "bp", "住房和各项还款占月收入", "housing and repayments over income", after_offer=True),
    Fact("residual_fen", "fen", "每月结余", "left over a month", low=-WIDEST, after_offer=True),
    Fact("max_dti_bp", "bp", "还款占比上限", "most of the income", after_offer=True),
    Fact("annual_rate_bp", "bp", "年利率", "yearly rate", after_offer=True),
    Fact("max_amount_fen", "fen", "最高金额", "highest amount", after_offer=True),
    Fact("min_residual_fen", "fen", "每月结余下限", "least left over", low=-WIDEST, after_offer=True),
)
FACTS: Mapping[str, Fact] = {fact.name: fact for fact in _ALL}
