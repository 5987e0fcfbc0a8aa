"""The four texts an applicant agrees to, one box each, in both languages.

征信业管理条例 18 (a credit query needs written consent with its purpose), PIPL 23 and 29 (separate consent for
sensitive data and for each recipient), PIPL 17 (who, what for, how long). Changing a word means raising `VERSION`:
what was agreed to is kept as the hash of exactly the text shown, in the language it was shown in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from portal.db.models import ConsentKind

VERSION = "2026.1"
VALIDITY: Mapping[ConsentKind, timedelta] = {ConsentKind.CREDIT_INQUIRY: timedelta(days=30)}
"""The others last until withdrawn."""


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One document as shown; `label` is the sentence beside the box."""

    kind: ConsentKind
    language: str
    title: str
    purpose: str
    expires: str
    paragraphs: tuple[str, ...]
    label: str

    @property
    def hash(self) -> str:
        """SHA-256 of everything on the card."""
        parts = (self.kind.value, VERSION, self.title, self.purpose, self.expires, *self.paragraphs, self.label)
        return sha256("\n".join(parts).encode()).hexdigest()


def consent_texts(language: str, lender: str) -> tuple[ConsentText, ...]:
    """All four in the order they are shown."""
    catalogue = _ENGLISH if language == "en" else _CHINESE
    return tuple(
        ConsentText(
            kind=kind,
            language=language,
            title=title,
            purpose=purpose,
            expires=expires,
            paragraphs=tuple(paragraph.format(lender=lender) for paragraph in paragraphs),
            label=label,
        )
        for kind, (title, purpose, expires, paragraphs, label) in catalogue.items()
    )


def known_texts(lender: str) -> dict[str, ConsentText]:
    """Every text that can be on a screen now, by hash."""
    return {text.hash: text for language in ("zh", "en") for text in consent_texts(language, lender)}


_Texts = Mapping[ConsentKind, tuple[str, str, str, tuple[str, ...], str]]

_CHINESE: _Texts = {
    ConsentKind.PRIVACY: (
        "个人信息处理同意书",
        "办理这笔借款申请",
        "到您撤回同意或法定保存期满",
        (
            "我同意{lender}为审核和管理这笔借款，处理我在申请中填写的信息：手机号、姓名、借款需求、婚姻和学历、工作、收入与支出。",
            "这些信息加密保存，只有办理这笔业务的人员能看到，每次查看都会留下记录。除下面几份文件写明的情况和法律要求外，不会提供给别人。",
            "借款结清后，按反洗钱和会计规定保存，期满删除。申请没有通过或我撤回申请的，按规定期限保存后删除。",
            "我可以随时查看、复制、更正我的信息，也可以撤回同意。撤回后这笔申请不能继续办理，撤回前已经完成的处理不受影响。",
        ),
        "我已阅读，同意处理我的个人信息",
    ),
    ConsentKind.SENSITIVE_ID: (
        "敏感个人信息单独同意书（身份证件）",
        "确认是本人申请，防止他人冒用",
        "到您撤回同意或法定保存期满",
        (
            "身份证照片和身份证号属于敏感个人信息，一旦泄露，可能被他人冒用，给我造成财产损失。",
            "我同意{lender}用计算机识别我上传的身份证照片，核对姓名、号码和有效期，并在审核中使用身份证号。",
            "照片去除拍摄地点等信息后加密保存，不用于人脸识别，也不用于其他目的。",
            "不同意的，这笔借款无法在线办理，可以联系客服了解其他办法。",
        ),
        "我已阅读，单独同意处理我的身份证件信息",
    ),
    ConsentKind.BANK_CARD: (
        "敏感个人信息单独同意书（银行账户）",
        "放款到您的银行卡，并按约定还款",
        "到借款结清，或您撤回同意",
        (
            "银行卡号属于敏感个人信息，一旦泄露，可能影响我的账户安全。",
            "我同意{lender}使用我填写的银行卡号，并把姓名、身份证号和银行卡号提供给办理放款的银行，用于核对是否本人账户和放款。",
            "卡号加密保存，页面上只显示最后四位。我没有授权从这张卡扣除任何与这笔借款无关的款项。",
            "不同意的，无法放款，这笔借款不能继续办理。",
        ),
        "我已阅读，单独同意处理我的银行账户信息",
    ),
    ConsentKind.CREDIT_INQUIRY: (
        "征信授权书",
        "审核这一笔借款申请",
        "自授权之日起 30 天，只查询一次",
        (
            "我授权{lender}为审核我提交的这一笔借款申请，向金融信用信息基础数据库和依法设立的征信机构查询我的信用报告。",
            "查询时需要提供我的姓名和身份证号。信用报告包括我的借款、还款、担保和被查询的记录。",
            "这份授权只能用于一次查询，自授权之日起 30 天内有效。没有用于这笔申请、授权过期或我撤回授权的，不得查询。",
            "查询会在我的信用报告中留下一条“贷款审批”的查询记录。借款发放后，{lender}会依法报送还款情况；报送不良信息前会先告知我。",
            "不同意的，{lender}不能查询，也不能审核这笔借款。",
        ),
        "我已阅读，授权查询我的信用报告",
    ),
}

_ENGLISH: _Texts = {
    ConsentKind.PRIVACY: (
        "Consent to the processing of personal information",
        "Handling this loan application",
        "Until you withdraw it or the statutory retention ends",
        (
            "I agree that {lender} processes what I fill in to assess and manage this loan: phone number, name, the "
            "loan I ask for, marital status and education, work, income and expenses.",
            "The information is stored encrypted. Only the staff handling this case can see it, and every look is "
            "recorded. Beyond what the documents below say and the law demands, it is given to nobody.",
            "After the loan is repaid it is kept as anti-money-laundering and accounting rules require, then deleted. "
            "If the application is declined or withdrawn, it is deleted after the prescribed period.",
            "I can see, copy and correct my information and withdraw this consent at any time. The application then "
            "cannot go on; what was done before stays lawful.",
        ),
        "I have read this and agree to the processing of my personal information",
    ),
    ConsentKind.SENSITIVE_ID: (
        "Separate consent: identity document",
        "Making sure that it is you who applies",
        "Until you withdraw it or the statutory retention ends",
        (
            "Pictures of the ID card and the ID number are sensitive: if they leak, somebody could pose as me and "
            "cause me financial loss.",
            "I agree that {lender} reads my ID pictures by computer, checks name, number and validity, and uses the ID "
            "number in the assessment.",
            "Place and other hidden data are removed from the pictures before they are stored encrypted. They are not "
            "used for face recognition or anything else.",
            "Without this consent the loan cannot be handled online; customer service can tell me about other ways.",
        ),
        "I have read this and separately agree to the processing of my identity document",
    ),
    ConsentKind.BANK_CARD: (
        "Separate consent: bank account",
        "Paying the loan to your card and repaying it as agreed",
        "Until the loan is repaid or you withdraw it",
        (
            "The card number is sensitive: if it leaks, my account may be at risk.",
            "I agree that {lender} uses the card number and gives my name, ID number and card number to the bank that "
            "pays the loan out, to check that the account is mine and to pay.",
            "The number is stored encrypted; pages show its last four digits only. I do not authorise any charge to "
            "this card that has nothing to do with this loan.",
            "Without this consent the loan cannot be paid out and the application cannot go on.",
        ),
        "I have read this and separately agree to the processing of my bank account",
    ),
    ConsentKind.CREDIT_INQUIRY: (
        "Credit report authorisation",
        "Assessing this one loan application",
        "30 days from today, one query only",
        (
            "To assess the loan application I submit, I authorise {lender} to obtain my credit report from the "
            "national credit database and lawfully established credit bureaus.",
            "My name and ID number are given for the query. The report holds my loans, repayments, guarantees and "
            "earlier queries.",
            "This authorisation serves for one query within 30 days. No query may be made for another purpose, after "
            "it has expired or after I have withdrawn it.",
            "The query leaves a record “loan approval” in my report. After payout {lender} reports repayments as the "
            "law demands, and tells me before reporting anything negative.",
            "Without it {lender} can neither query my report nor assess this loan.",
        ),
        "I have read this and authorise one query of my credit report",
    ),
}
