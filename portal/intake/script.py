"""The questions as data: which, in what words, why, how they are answered, what they depend on.

`VERSION` is stored with each application: whoever changes a question's meaning raises it. Slots and their values are
in the order of the journey; a question that doesn't apply is never asked and its answer never kept.
"""

import re

from portal.applications.product import AMOUNT_STEP_FEN, MAX_AMOUNT_FEN, MIN_AMOUNT_FEN, PURPOSES, TERMS_MONTHS
from portal.applications.queries import AnswerValue
from portal.domain.errors import Invalid
from portal.domain.identity import IdNumber, mask_bank_card, parse_bank_card, parse_name
from portal.domain.text import N_
from portal.intake.amounts import parse_yuan
from portal.intake.followups import FOLLOW_UPS
from portal.intake.question import Answers, Choice, Parser, Question, Reading, Section, not_typed, parse_monthly

VERSION = "2026.2"
CONSENTS = "consents"

SECTION_TITLES: dict[Section, str] = {
    Section.LOAN: N_("借款需求"),
    Section.IDENTITY: N_("身份信息"),
    Section.MEANS: N_("收入与负债"),
    Section.PAYOUT: N_("收款与授权"),
}


def parse_amount(text: str) -> int:
    """Whole thousands between the product's bounds, in fen."""
    fen = parse_yuan(text)
    if not MIN_AMOUNT_FEN <= fen <= MAX_AMOUNT_FEN:
        raise Invalid(public=N_("借款金额在 5,000 元到 200,000 元之间，请重新填写。"))
    if fen % AMOUNT_STEP_FEN:
        raise Invalid(public=N_("借款金额请填 1,000 元的整数倍，例如 50000。"))
    return fen


def parse_employer(text: str) -> str:
    """2–60 characters on one line."""
    name = " ".join(text.split())
    if not 2 <= len(name) <= 60:
        raise Invalid(public=N_("请填写单位、店铺或公司的名称，2 到 60 个字。"))
    return name


def _parse_id_number(text: str) -> str:
    return IdNumber.parse(text).value


def _mask_id_number(value: str) -> str:
    return IdNumber(value).masked


def _one_of(choices: tuple[Choice, ...], *, whole_number: bool = False) -> Parser:
    known = {choice.value for choice in choices}

    def parse(text: str) -> AnswerValue:
        # The lookbehind keeps a run of spaces from being tried at each of its spaces.
        digits = re.sub(r"(?<!\s)\s*(个月|期)$", "", text)
        if digits not in known:
            raise Invalid(public=N_("请从下面的选项里选一个。"))
        return int(digits) if whole_number else digits

    return parse


def _has_employer(answers: Answers) -> bool:
    return answers.get("employment") in ("employed", "civil_servant", "self_employed")


_TERMS = tuple(
    Choice(str(months), label)
    for months, label in zip(
        TERMS_MONTHS, (N_("6 个月"), N_("12 个月"), N_("18 个月"), N_("24 个月"), N_("36 个月")), strict=True
    )
)
_PURPOSES = tuple(Choice(code, label) for code, label in PURPOSES.items())
_MARITAL = (
    Choice("single", N_("未婚")),
    Choice("married", N_("已婚")),
    Choice("divorced", N_("离异")),
    Choice("widowed", N_("丧偶")),
)
_EDUCATION = (
    Choice("junior_high", N_("初中及以下")),
    Choice("senior_high", N_("高中或中专")),
    Choice("college", N_("大专")),
    Choice("bachelor", N_("本科")),
    Choice("master", N_("硕士及以上")),
)
_EMPLOYMENT = (
    Choice("employed", N_("企业职工")),
    Choice("civil_servant", N_("机关或事业单位")),
    Choice("self_employed", N_("个体或自己经营")),
    Choice("retired", N_("退休")),
    Choice("student", N_("在校学生")),
    Choice("unemployed", N_("暂时没有工作")),
)
_NOTHING = (Choice("0", N_("没有")),)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "amount",
        Section.LOAN,
        N_("您想借多少钱？"),
        N_("借款金额"),
        N_("用来测算每月还款，并判断是否在您的承受范围内。"),
        "money",
        parse_amount,
        hint=N_("5,000 到 200,000 元，1,000 元的整数倍。写 50000、5万 都可以。"),
        choices=(Choice("10000", N_("1 万")), Choice("30000", N_("3 万")), Choice("50000", N_("5 万"))),
    ),
    Question(
        "term",
        Section.LOAN,
        N_("想分多少个月还清？"),
        N_("借款期限"),
        N_("期限决定每月还多少：越长，每月越少，但总利息越多。"),
        "choice",
        _one_of(_TERMS, whole_number=True),
        choices=_TERMS,
    ),
    Question(
        "purpose",
        Section.LOAN,
        N_("这笔钱准备用来做什么？"),
        N_("借款用途"),
        N_("监管规定消费贷款要有真实用途，不能用于买房、炒股或归还其他贷款。"),
        "choice",
        _one_of(_PURPOSES),
        choices=_PURPOSES,
    ),
    Question(
        "id_front",
        Section.IDENTITY,
        N_("请拍身份证有照片的一面。"),
        N_("身份证人像面"),
        N_("用来确认是您本人在申请。照片加密保存，只用于这次申请的审核。"),
        "document",
        not_typed,
        hint=N_("四个角都拍进去，字迹清楚、没有反光。"),
    ),
    Question(
        "id_back",
        Section.IDENTITY,
        N_("再拍身份证有国徽的一面。"),
        N_("身份证国徽面"),
        N_("用来确认身份证还在有效期内。"),
        "document",
        not_typed,
        hint=N_("四个角都拍进去，有效期限要看得清。"),
    ),
    Question(
        "name",
        Section.IDENTITY,
        N_("您的姓名是？"),
        N_("姓名"),
        N_("要与身份证和收款银行卡一致。"),
        "text",
        parse_name,
        hint=N_("与身份证上的写法一致。"),
        reading=Reading("id_front", ("name",)),
        autocomplete="name",
    ),
    Question(
        "id_number",
        Section.IDENTITY,
        N_("您的身份证号是？"),
        N_("身份证号"),
        N_("用来核实身份，并在您授权后查询征信。"),
        "text",
        _parse_id_number,
        hint=N_("18 位，最后一位可能是 X。"),
        reading=Reading("id_front", ("id_number",)),
        mask=_mask_id_number,
    ),
    Question(
        "marital_status",
        Section.IDENTITY,
        N_("您的婚姻状况是？"),
        N_("婚姻状况"),
        N_("用于合同和贷后联系，不参与评分。"),
        "choice",
        _one_of(_MARITAL),
        choices=_MARITAL,
    ),
    Question(
        "education",
        Section.IDENTITY,
        N_("您的学历是？"),
        N_("学历"),
        N_("用于客户基本情况登记，不参与评分。"),
        "choice",
        _one_of(_EDUCATION),
        choices=_EDUCATION,
    ),
    Question(
        "employment",
        Section.MEANS,
        N_("您目前的工作情况是？"),
        N_("工作情况"),
        N_("用来了解还款来源是否稳定。"),
        "choice",
        _one_of(_EMPLOYMENT),
        choices=_EMPLOYMENT,
    ),
    Question(
        "income_proof",
        Section.MEANS,
        N_("请上传一份收入证明。"),
        N_("收入证明"),
        N_("用来核对收入，有证明的收入才会计入测算。"),
        "document",
        not_typed,
        hint=N_("最近的工资条或银行流水，照片和 PDF 都可以。"),
    ),
    Question(
        "employer",
        Section.MEANS,
        N_("您在哪里工作？"),
        N_("工作单位"),
        N_("用来与收入证明上的单位核对。我们不会在没有告知您的情况下联系单位。"),
        "text",
        parse_employer,
        hint=N_("填写单位、店铺或公司的名称。"),
        applies=_has_employer,
        reading=Reading("income_proof", ("employer",), printed=False),
        autocomplete="organization",
    ),
    Question(
        "monthly_income",
        Section.MEANS,
        N_("您每月到手收入大约是多少？"),
        N_("每月收入"),
        N_("用来判断每月还款是否会影响您的生活。"),
        "money",
        parse_monthly,
        hint=N_("税后实际到手的金额，例如 8000。"),
        reading=Reading("income_proof", ("net_pay", "monthly_income", "salary_monthly"), printed=False),
    ),
    Question(
        "housing_cost",
        Section.MEANS,
        N_("您每月的房租或房贷是多少？"),
        N_("每月住房支出"),
        N_("先留出生活必需的开支，再看能还多少。"),
        "money",
        parse_monthly,
        hint=N_("没有就选“没有”。"),
        choices=_NOTHING,
    ),
    Question(
        "other_debt",
        Section.MEANS,
        N_("除了房贷，您每月要还多少其他借款？"),
        N_("每月其他还款"),
        N_("包括信用卡、车贷和其他借款，避免负担过重。"),
        "money",
        parse_monthly,
        hint=N_("没有就选“没有”。"),
        choices=_NOTHING,
    ),
    Question(
        "bank_card",
        Section.PAYOUT,
        N_("借款转到哪张银行卡？"),
        N_("收款银行卡"),
        N_("只用来放款和还款。必须是您本人名下的借记卡。"),
        "text",
        parse_bank_card,
        hint=N_("您本人的借记卡卡号，12 到 19 位数字。"),
        inputmode="numeric",
        mask=mask_bank_card,
    ),
    Question(
        CONSENTS,
        Section.PAYOUT,
        N_("最后，请逐份阅读下面四份文件，同意的请分别勾选。"),
        N_("授权文件"),
        N_("没有您的同意，我们不能处理这些信息，也不能查询征信。"),
        "consents",
        not_typed,
    ),
)

DOCUMENT_SLOTS = tuple(question.slot for question in QUESTIONS if question.widget == "document")
_BY_SLOT = {question.slot: question for question in (*QUESTIONS, *FOLLOW_UPS)}


def find_question(slot: str) -> Question | None:
    """The question of a slot, one that follows from a document included."""
    return _BY_SLOT.get(slot)


def applicable(answers: Answers) -> tuple[Question, ...]:
    """The questions for this person, in order; what follows from documents is in portal.intake.state."""
    return tuple(question for question in QUESTIONS if question.applies(answers))
