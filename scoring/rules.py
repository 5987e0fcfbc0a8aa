"""The hard rules, one function each: a fact, what it means for the lane, and a sentence the applicant may read.

A rule whose evidence is missing answers `unknown`, which refers. `basis` tells law from the lender's own policy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from scoring.application import Application, Evidence
from scoring.features import inquiring_institutions, worst_status
from scoring.fraud import FraudScreen
from scoring.model import Score
from scoring.offer import at_amount, burden, quote
from scoring.policy_file import Policy
from scoring.report import WRITTEN_OFF, BureauReport, age_in_days
from scoring.wording import percent, yuan

Outcome = Literal["pass", "refer", "decline", "unknown"]

OWN = "本机构信贷政策 / lender's policy"
CAPACITY = "《民法典》第十七、十八条 / Civil Code, articles 17 and 18"
CONSENT = "《征信业管理条例》第十八条 / Regulation on the Credit Reporting Industry, article 18"
MEANS = f"《个人贷款管理办法》（2024）收入偿债比例控制 / Personal Loan Measures (2024)；{OWN}"


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """Everything a decision rests on. None is evidence that is missing, and refers."""

    as_of: date
    application: Application
    evidence: Evidence
    report: BureauReport | None
    watch_listed: bool | None
    fraud: FraudScreen | None
    score: Score | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One line of the trace."""

    id: str
    outcome: Outcome
    zh: str
    en: str
    basis: str


Verdict: TypeAlias = tuple[Outcome, str, str]


def trace(inputs: PolicyInputs, policy: Policy) -> tuple[RuleResult, ...]:
    """Every rule, always, in a fixed order."""
    return tuple(RuleResult(name, *rule(inputs, policy), basis) for name, basis, rule in RULES)


def _authorisation(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.evidence.authorised is None:
        return "unknown", "未能确认征信授权。", "The credit inquiry authorisation could not be confirmed."
    if not inputs.evidence.authorised:
        return "refer", "没有有效的征信授权。", "There is no valid credit inquiry authorisation."
    return "pass", "征信授权有效。", "The credit inquiry authorisation is valid."


def _id_checksum(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.evidence.id_checksum_valid is None:
        return "unknown", "身份证号未经校验。", "The ID number has not been checked."
    if not inputs.evidence.id_checksum_valid:
        return "decline", "身份证号校验未通过。", "The ID number fails its checksum."
    return "pass", "身份证号校验通过。", "The ID number passes its checksum."


def _id_validity(inputs: PolicyInputs, policy: Policy) -> Verdict:
    expires = inputs.evidence.id_expires_on
    if expires is None:
        return "unknown", "身份证有效期未知。", "The ID card's expiry date is not known."
    if expires < inputs.as_of:
        return "decline", f"身份证已于 {expires} 到期。", f"The ID card expired on {expires}."
    return "pass", "身份证在有效期内。", "The ID card is valid."


def _identity_match(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.evidence.identity_matches is None:
        return "unknown", "身份证件尚未核对。", "The ID document has not been compared yet."
    if not inputs.evidence.identity_matches:
        return "refer", "身份证件与填写的信息不一致。", "The ID document differs from the answers."
    return "pass", "身份证件与填写的信息一致。", "The ID document agrees with the answers."


def _documents(inputs: PolicyInputs, policy: Policy) -> Verdict:
    found = inputs.evidence.mismatches
    if found is None:
        return "unknown", "材料尚未与填写的信息核对。", "The documents have not been compared with the answers yet."
    if found:
        return (
            "refer",
            f"材料与填写的信息有 {len(found)} 处不一致，需要人工核对。",
            f"Documents and answers differ in {len(found)} place(s); a person needs to look at them.",
        )
    return "pass", "材料与填写的信息一致。", "The documents agree with the answers."


def _age(inputs: PolicyInputs, policy: Policy) -> Verdict:
    birth, limits = inputs.evidence.birth_date, policy.limits.applicant
    if birth is None:
        return "unknown", "出生日期未知。", "The date of birth is not known."
    months = (inputs.as_of.year - birth.year) * 12 + inputs.as_of.month - birth.month
    months -= inputs.as_of.day < birth.day
    age, at_end = months // 12, (months + inputs.application.term_months) // 12
    if age < limits.min_age:
        return (
            "decline",
            f"您目前 {age} 周岁，申请人须年满 {limits.min_age} 周岁。",
            f"You are {age}; applicants must be at least {limits.min_age}.",
        )
    if at_end > limits.max_age_at_end:
        return (
            "decline",
            f"贷款到期时您将年满 {at_end} 周岁，超过 {limits.max_age_at_end} 周岁。",
            f"You would be {at_end} when the loan ends, above {limits.max_age_at_end}.",
        )
    return "pass", f"您目前 {age} 周岁，符合年龄要求。", f"You are {age}, within the age limits."


def _product(inputs: PolicyInputs, policy: Policy) -> Verdict:
    application, product = inputs.application, policy.limits.product
    in_range = product.min_amount_fen <= application.amount_fen <= product.max_amount_fen
    if not in_range or application.term_months not in product.terms_months:
        return (
            "refer",
            f"申请 {yuan(application.amount_fen)} 元、{application.term_months} 个月，不在产品范围内。",
            f"{yuan(application.amount_fen)} yuan over {application.term_months} months is outside the product.",
        )
    return "pass", "金额和期限符合产品范围。", "Amount and term are within the product."


def _employment(inputs: PolicyInputs, policy: Policy) -> Verdict:
    kind = inputs.application.employment
    if kind is None:
        return "unknown", "就业情况未知。", "The employment is not known."
    if kind in policy.limits.applicant.refer_employment:
        return "refer", "您的就业情况需要人工了解。", "A person needs to look at your employment."
    return "pass", "就业情况符合要求。", "The employment meets the requirements."


def _watch_list(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.watch_listed is None:
        return "unknown", "关注名单尚未核查。", "The watch-list has not been checked."
    if inputs.watch_listed:
        return "decline", "您的身份证号在本机构的关注名单中。", "Your ID number is on the lender's watch-list."
    return "pass", "不在关注名单中。", "Not on the watch-list."


def _fraud(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.fraud is None:
        return "unknown", "申请信息尚未核实。", "The application has not been screened yet."
    # The watch-list has its own rule; here it would only say the same twice.
    actions = {s.action for s in inputs.fraud.signals if not s.code.endswith("watch_list")}
    outcome: Outcome = "decline" if "decline" in actions else "refer" if actions else "pass"
    if outcome == "pass":
        return outcome, "申请信息核实无异常。", "Nothing unusual in the application."
    return outcome, "申请信息中有需要人工核实的内容。", "Something in the application needs to be verified by a person."


def _bureau_file(inputs: PolicyInputs, policy: Policy) -> Verdict:
    report, most = inputs.report, policy.limits.bureau.max_report_age_days
    if report is None:
        return "unknown", "尚未取得征信报告。", "The credit report has not been obtained."
    # A report from tomorrow is a clock an hour off; from later, it isn't this person's report of today.
    if not -1 <= age_in_days(report, inputs.as_of) <= most:
        return "unknown", f"征信报告不是近 {most} 天内的。", f"The credit report is not from the last {most} days."
    if not report.found:
        return "refer", "征信系统中没有您的信贷记录。", "The credit bureau has no file on you."
    return "pass", "征信报告已取得。", "The credit report has been obtained."


def _written_off(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.report is None:
        return _no_report()
    count = sum(WRITTEN_OFF in account.severities for account in inputs.report.accounts)
    if count:
        return "decline", f"征信报告中有 {count} 个呆账账户。", f"The report shows {count} written-off account(s)."
    return "pass", "没有呆账。", "No account is written off."


def _current_delinquency(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.report is None:
        return _no_report()
    now = max((a.current_severity for a in inputs.report.active_accounts), default=0)
    if now == 0:
        return "pass", "当前没有逾期。", "Nothing is past due now."
    if now == WRITTEN_OFF:
        return "decline", "征信报告显示您有未结清的呆账。", "The credit report shows a written-off debt still owed."
    outcome: Outcome = "decline" if now >= policy.limits.bureau.decline_current_months_past_due else "refer"
    return outcome, f"征信报告显示您当前逾期 {now} 个月。", f"The credit report shows you {now} month(s) past due now."


def _payment_history(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.report is None:
        return _no_report()
    limits, accounts = policy.limits.bureau, inputs.report.accounts
    worst = worst_status(accounts, 24) or 0
    late = sum(1 for account in accounts for severity in account.severities if severity)
    if worst < limits.refer_worst_months_past_due_24m and late < limits.refer_delinquent_months_24m:
        return "pass", "近 24 个月还款记录符合要求。", "Repayments of the last 24 months meet the requirements."
    return (
        "refer",
        f"近 24 个月共有 {late} 个月次逾期，需要人工了解。",
        f"The last 24 months show {late} late month(s); a person needs to look at them.",
    )


def _public_records(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.report is None:
        return _no_report()
    kinds = [record.kind for record in inputs.report.public_records]
    if "enforcement" in kinds:
        count = kinds.count("enforcement")
        return "decline", f"征信报告中有 {count} 条强制执行记录。", f"The report shows {count} court enforcement(s)."
    if kinds:
        return (
            "refer",
            f"征信报告中有 {len(kinds)} 条欠税或民事判决记录。",
            f"The credit report shows {len(kinds)} record(s) of tax arrears or judgments.",
        )
    return "pass", "没有不利的公共记录。", "No adverse public record."


def _inquiries(inputs: PolicyInputs, policy: Policy) -> Verdict:
    if inputs.report is None:
        return _no_report()
    seen = inquiring_institutions(inputs.report, inputs.as_of, 3)
    zh = f"近 3 个月有 {seen} 家机构因审批查询过您的征信"
    en = f"{seen} institution(s) checked your credit for an approval in the last 3 months"
    if seen >= policy.limits.bureau.refer_inquiries_3m:
        return "refer", f"{zh}，需要人工了解。", f"{en}; a person needs to look at it."
    return "pass", f"{zh}。", f"{en}."


def _income_proof(inputs: PolicyInputs, policy: Policy) -> Verdict:
    income = inputs.application.verified_income_fen
    if income is None:
        return "unknown", "收入尚未得到证明。", "The income has not been proven."
    return "pass", f"经证明的月收入为 {yuan(income)} 元。", f"Your proven monthly income is {yuan(income)} yuan."


def _score(inputs: PolicyInputs, policy: Policy) -> Verdict:
    score, limits = inputs.score, policy.limits.score
    known = inputs.report is not None and inputs.report.found and inputs.application.income_fen is not None
    if score is None or not known:
        return "unknown", "资料不足，无法自动评分。", "There is not enough information for an automatic score."
    zh = f"您的信用评分为 {score.points} 分，等级 {score.grade}"
    en = f"Your score is {score.points}, grade {score.grade}"
    if score.pd * 10_000 >= limits.decline_min_pd_bp:
        return "decline", f"{zh}，未达到要求。", f"{en}, below what is required."
    if score.pd * 10_000 <= limits.approve_max_pd_bp and score.grade in policy.limits.price.annual_rate_bp:
        return "pass", f"{zh}，符合要求。", f"{en}, which meets the requirements."
    return "refer", f"{zh}，需要人工审核。", f"{en}; a person needs to look at it."


def _affordability(inputs: PolicyInputs, policy: Policy) -> Verdict:
    application, grade = inputs.application, inputs.score.grade if inputs.score else None
    asked = at_amount(policy, application, grade, application.amount_fen)
    result, limits = burden(application, inputs.report, asked), policy.limits.affordability
    if result is None:
        return "unknown", "收入或支出未知，无法计算还款能力。", "Income or costs are not known."
    offered = quote(policy, application, inputs.report, grade)
    zh = f"按申请金额，住房和各项还款占月收入的 {percent(result.dti_bp)}，每月结余 {yuan(result.residual_fen)} 元"
    en = (
        f"At the amount asked for, housing and repayments take {percent(result.dti_bp)} of income "
        f"and leave {yuan(result.residual_fen)} yuan a month"
    )
    if offered is None:
        return (
            "decline",
            f"{zh}；要求不超过 {percent(limits.max_dti_bp)}、不少于 {yuan(limits.min_residual_income_fen)} 元。",
            f"{en}; allowed: {percent(limits.max_dti_bp)} at most, {yuan(limits.min_residual_income_fen)} at least.",
        )
    if offered.amount_fen < application.amount_fen:
        amount = yuan(offered.amount_fen)
        return "pass", f"{zh}；可提供的金额为 {amount} 元。", f"{en}; {amount} yuan can be offered."
    return "pass", f"{zh}，符合要求。", f"{en}, which meets the requirements."


def _no_report() -> Verdict:
    return "unknown", "尚未取得征信报告。", "The credit report has not been obtained."


RULES: tuple[tuple[str, str, Callable[[PolicyInputs, Policy], Verdict]], ...] = (
    ("authorisation", CONSENT, _authorisation),
    ("id_checksum", "GB 11643-1999", _id_checksum),
    ("id_validity", OWN, _id_validity),
    ("identity_match", OWN, _identity_match),
    ("documents", OWN, _documents),
    ("age", f"{CAPACITY}；{OWN}", _age),
    ("product", OWN, _product),
    ("employment", OWN, _employment),
    ("watch_list", OWN, _watch_list),
    ("fraud", OWN, _fraud),
    ("bureau_file", OWN, _bureau_file),
    ("written_off", OWN, _written_off),
    ("current_delinquency", OWN, _current_delinquency),
    ("payment_history", OWN, _payment_history),
    ("public_records", OWN, _public_records),
    ("inquiries", OWN, _inquiries),
    ("income_proof", OWN, _income_proof),
    ("score", OWN, _score),
    ("affordability", MEANS, _affordability),
)
