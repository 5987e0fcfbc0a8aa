"""What is said about documents: why one can't be used and what to do, the names of fields. Message ids in Chinese."""

from portal.domain.text import N_

SLOTS: dict[str, str] = {
    "id_front": N_("身份证人像面"),
    "id_back": N_("身份证国徽面"),
    "income_proof": N_("收入证明"),
    "income_extra": N_("补充的收入材料"),
}

# The reader's own reasons: the same ids and sentences as workers.ocr.quality.REASONS, which a test compares.
READER_REFUSALS: dict[str, str] = {
    "wrong_type": N_("这个文件不是照片或 PDF。请上传 JPEG、PNG、WebP、HEIC 照片或 PDF。"),
    "empty": N_("这个文件是空的，没有内容。请重新拍照或重新选择文件。"),
    "too_large_pixels": N_("图片的像素太大，无法处理。请用手机相机直接拍照上传。"),
    "too_many_pages": N_("这个 PDF 超过 20 页。请只保留需要的页面，再重新上传。"),
    "encrypted_pdf": N_("这个 PDF 设有密码，我们打不开。请去掉密码，或拍照上传。"),
    "unreadable": N_("这个文件已损坏或不完整，打不开。请重新拍照或重新上传。"),
    "too_small": N_("图片太小，看不清文字。请靠近一些，让证件占满画面，重新拍照。"),
    "too_dark": N_("照片太暗。请到光线充足的地方重新拍照，避免身体或手机的影子。"),
    "over_exposed": N_("照片太亮，文字看不见了。请关闭闪光灯，避开强光，重新拍照。"),
    "glare": N_("照片上有反光，文字被挡住了。请关闭闪光灯，换个角度避开反光，重新拍照。"),
    "blurred": N_("照片模糊。请拿稳手机，等画面清晰后重新拍照。"),
    "cut_off": N_("证件或材料没有拍全。请让四个角都在画面里，重新拍照。"),
    "not_a_document": N_("照片里没有找到证件或材料。请把材料放平，让它占满画面，重新拍照。"),
    "photo_of_screen": N_("这张照片拍的是屏幕。请直接拍摄原件；电子材料可以上传 PDF。"),
    "wrong_side": N_("这是身份证的另一面。请翻过来，重新拍照。"),
}

REFUSALS: dict[str, str] = READER_REFUSALS | {
    "too_large": N_("文件太大，请上传 20 MB 以内的照片或 PDF。"),
    "missing": N_("还没有选择照片。请先拍照或选择文件，再点上传。"),
    "wrong_kind": N_("没有认出这一步需要的材料。请核对要求，重新拍照或选择文件。"),
    "expired": N_("这张身份证已过有效期。请换用有效的身份证重新拍照；已填写的内容会为您保留。"),
}

_NO_PROOF = N_("没有认出收入证明。请上传最近的工资条、银行流水、收入证明或公积金明细，拍照和 PDF 都可以。")

_FOR_SLOT: dict[tuple[str, str], str] = {
    ("id_front", "wrong_side"): N_("这是国徽面。请翻到有照片的一面，重新拍照。"),
    ("id_back", "wrong_side"): N_("这是人像面。请翻到有国徽的一面，重新拍照。"),
    ("id_front", "wrong_kind"): N_("没有认出身份证的人像面。请让有照片的一面占满画面，重新拍照。"),
    ("id_back", "wrong_kind"): N_("没有认出身份证的国徽面。请让有国徽的一面占满画面，重新拍照。"),
    ("income_proof", "wrong_kind"): _NO_PROOF,
    ("income_extra", "wrong_kind"): _NO_PROOF,
}

KINDS: dict[str, str] = {
    "id_card_front": N_("身份证人像面"),
    "id_card_back": N_("身份证国徽面"),
    "payslip": N_("工资条"),
    "income_certificate": N_("收入证明"),
    "bank_statement": N_("银行流水"),
    "fund_statement": N_("公积金或社保明细"),
}

FIELDS: dict[str, str] = {
    "name": N_("姓名"),
    "sex": N_("性别"),
    "ethnicity": N_("民族"),
    "birth_date": N_("出生日期"),
    "address": N_("住址"),
    "id_number": N_("身份证号"),
    "authority": N_("签发机关"),
    "valid_from": N_("有效期开始"),
    "valid_to": N_("有效期至"),
    "employer": N_("单位"),
    "period": N_("工资月份"),
    "gross_pay": N_("应发工资"),
    "deductions": N_("扣款合计"),
    "net_pay": N_("实发工资"),
    "monthly_income": N_("月收入"),
    "amount_in_words": N_("大写金额"),
    "issued_on": N_("开具日期"),
    "account": N_("账号"),
    "period_from": N_("明细开始"),
    "period_to": N_("明细结束"),
    "inflow_total": N_("收入合计"),
    "salary_monthly": N_("平均月工资"),
    "base": N_("缴存基数"),
    "monthly_deposit": N_("月缴存额"),
    "balance": N_("账户余额"),
    "paid_to": N_("缴至年月"),
}

AMOUNTS = frozenset(
    {
        "gross_pay",
        "deductions",
        "net_pay",
        "monthly_income",
        "inflow_total",
        "salary_monthly",
        "base",
        "monthly_deposit",
        "balance",
    }
)

SHOWN: dict[str, tuple[str, ...]] = {
    "id_card_front": ("name", "id_number", "birth_date"),
    "id_card_back": ("authority", "valid_to"),
    "payslip": ("name", "employer", "period", "net_pay"),
    "income_certificate": ("name", "employer", "monthly_income", "issued_on"),
    "bank_statement": ("name", "period_from", "period_to", "salary_monthly"),
    "fund_statement": ("name", "employer", "base", "paid_to"),
}
"""What the applicant's card shows of each kind; staff see every field."""

LONG_TERM = N_("长期有效")
SEXES = {"M": N_("男"), "F": N_("女")}


def refusal_sentence(slot: str, reason: str) -> str:
    """What happened and what to do."""
    return _FOR_SLOT.get((slot, reason)) or REFUSALS[reason]
