"""What staff read. Message ids in Chinese; workers' reasons are worded in portal.progress.wording, for both sides."""

from collections.abc import Mapping
from typing import Final

from portal.db.models import ConsentKind, DocumentState, Outcome, Provenance, Role
from portal.documents.checks import RULES as CHECKED
from portal.domain.application import ApplicationState
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_
from portal.domain.workflow import StepState

S, E = ApplicationState, EventKind

STATES: Mapping[ApplicationState, tuple[str, str, str]] = {
    S.DRAFT: (N_("填写中"), "quiet", "edit"),
    S.SUBMITTED: (N_("自动审核中"), "accent", "live"),
    S.REFERRED: (N_("待人工审核"), "attention", "user"),
    S.APPROVED: (N_("待客户签约"), "accent", "pen"),
    S.DECLINED: (N_("未通过"), "quiet", "stop"),
    S.SIGNED: (N_("放款中"), "accent", "send"),
    S.DISBURSED: (N_("已放款"), "success", "done"),
    S.WITHDRAWN: (N_("已撤回"), "quiet", "close"),
}
"""Word, tone and icon of each state."""

ALL: Final = "all"
SEGMENTS: Mapping[str, str] = {
    ALL: N_("全部"),
    **{state.value: STATES[state][0] for state in (S.REFERRED, S.SUBMITTED, S.APPROVED, S.SIGNED)},
    **{state.value: STATES[state][0] for state in (S.DISBURSED, S.DECLINED, S.DRAFT, S.WITHDRAWN)},
}
NEEDS: Mapping[str, str] = {
    "failed": N_("步骤失败"),
    "parked": N_("步骤等待中"),
    "overdue": N_("等待过久"),
    "person": N_("请求人工"),
}
"""What may need a person, whatever the state."""

STEP_STATES: Mapping[StepState, tuple[str, str, str]] = {
    StepState.DUE: (N_("排队中"), "accent", "live"),
    StepState.RUNNING: (N_("进行中"), "accent", "live"),
    StepState.PARKED: (N_("等待中"), "attention", "pause"),
    StepState.DONE: (N_("已完成"), "success", "done"),
    StepState.FAILED: (N_("失败"), "danger", "alert"),
    StepState.CANCELLED: (N_("已取消"), "quiet", "stop"),
}
AHEAD = (N_("还没开始"), "quiet", "ahead")

ACTORS: Mapping[ActorKind, str] = {
    ActorKind.APPLICANT: N_("申请人"),
    ActorKind.STAFF: N_("员工"),
    ActorKind.SYSTEM: N_("系统"),
}

ROLES: Mapping[Role, str] = {
    Role.SUPPORT: N_("客服"),
    Role.OFFICER: N_("审批员"),
    Role.RISK: N_("风控分析"),
    Role.OPS: N_("运营"),
    Role.ADMIN: N_("管理员"),
}

EVENTS: Mapping[EventKind, tuple[str, str]] = {
    E.DRAFT_OPENED: ("chat", N_("开始填写申请")),
    E.DRAFT_RESUMED: ("chat", N_("回来继续填写")),
    E.DRAFT_REMINDED: ("phone", N_("一天没有继续，已短信提醒")),
    E.DRAFT_ERASED: ("close", N_("30 天没有继续，内容已删除")),
    E.QUESTION_ANSWERED: ("chat", N_("填写了")),
    E.ANSWER_CHANGED: ("edit", N_("修改了")),
    E.DOCUMENT_UPLOADED: ("image", N_("上传了")),
    E.DOCUMENT_READ: ("file", N_("识别了")),
    E.DOCUMENT_REFUSED: ("alert", N_("材料不能使用")),
    E.DOCUMENT_CONFIRMED: ("check", N_("核对了识别结果")),
    E.DOCUMENT_CORRECTED: ("edit", N_("更正了识别结果")),
    E.PERSON_ASKED: ("user", N_("请求人工帮助")),
    E.CONSENT_GRANTED: ("shield", N_("同意了")),
    E.APPLICATION_SUBMITTED: ("send", N_("提交了申请")),
    E.STEP_STARTED: ("live", N_("开始")),
    E.STEP_FINISHED: ("done", N_("完成")),
    E.STEP_PARKED: ("pause", N_("暂停等待")),
    E.STEP_FAILED: ("alert", N_("步骤失败")),
    E.STEP_RESTARTED: ("refresh", N_("重新启动")),
    E.BUREAU_REPORT_RECEIVED: ("bank", N_("收到征信报告")),
    E.FRAUD_SCREENED: ("shield", N_("安全核验")),
    E.APPLICATION_SCORED: ("score", N_("评分与等级")),
    E.APPLICATION_APPROVED: ("done", N_("批准了申请")),
    E.APPLICATION_REFERRED: ("user", N_("转人工审核")),
    E.APPLICATION_DECLINED: ("stop", N_("没有批准申请")),
    E.APPLICATION_WITHDRAWN: ("close", N_("撤回了申请")),
    E.REVIEW_REQUESTED: ("scale", N_("申请了人工复核")),
    E.CONTRACT_DRAWN: ("file", N_("备好合同")),
    E.COST_STATEMENT_SHOWN: ("eye", N_("打开了综合融资成本明示表")),
    E.COST_STATEMENT_CONFIRMED: ("check", N_("确认看清全部费用")),
    E.CONTRACT_SIGNED: ("pen", N_("签署了合同")),
    E.CONTRACT_SEALED: ("lock", N_("合同盖章生效")),
    E.LOAN_DISBURSED: ("wallet", N_("放款")),
    E.NOTICE_SENT: ("phone", N_("发送了通知")),
    E.PERSONAL_DATA_REVEALED: ("eye", N_("查看了个人信息")),
    E.CASE_OPENED: ("user", N_("打开了这笔申请")),
    E.NOTE_ADDED: ("edit", N_("写了备注")),
}
"""Icon and words; what it was about follows."""

TIMELINE: Mapping[str, str] = {
    ALL: N_("全部"),
    ActorKind.APPLICANT.value: ACTORS[ActorKind.APPLICANT],
    ActorKind.SYSTEM.value: ACTORS[ActorKind.SYSTEM],
    ActorKind.STAFF.value: ACTORS[ActorKind.STAFF],
}

CONSENTS: Mapping[str, str] = {
    ConsentKind.PRIVACY: N_("个人信息处理同意书"),
    ConsentKind.SENSITIVE_ID: N_("身份证件单独同意书"),
    ConsentKind.BANK_CARD: N_("银行账户单独同意书"),
    ConsentKind.CREDIT_INQUIRY: N_("征信授权书"),
}

NOTICES: Mapping[str, str] = {
    "sign_contract_code": N_("签约验证码"),
    "draft_reminder": N_("提醒接着填写"),
    "application_received": N_("已收到申请"),
    "document_refused": N_("材料需要重新上传"),
    "application_referred": N_("转人工审核"),
    "application_approved": N_("有审核结果"),
    "application_declined": N_("有审核结果"),
    "contract_ready": N_("合同待签署"),
    "contract_sealed": N_("合同已生效"),
    "loan_disbursed": N_("已放款"),
    "review_received": N_("已收到复核申请"),
}
CHANNELS: Mapping[str, str] = {"sms": N_("短信"), "email": N_("邮件")}

REASONS: Mapping[str, str] = {
    "review_case": N_("审核这笔申请"),
    "verify_identity": N_("核实申请人身份"),
    "contact_applicant": N_("联系申请人"),
    "complaint": N_("处理咨询或投诉"),
    "fraud_check": N_("核查欺诈风险"),
    "other": N_("其他，请写明"),
}
"""Why a member of staff looked. A code goes into the event; what they write beside it is sealed as a note."""
OTHER: Final = "other"

REVEALS: Mapping[str, str] = {
    "name": N_("姓名"),
    "id_number": N_("身份证号"),
    "mobile": N_("手机号"),
    "bank_card": N_("收款银行卡"),
    "employer": N_("工作单位"),
    "income": N_("收入与支出"),
    "document": N_("材料图片和识别内容"),
    "bureau": N_("征信报告明细"),
}
INCOME: Mapping[str, str] = {
    "monthly_income": N_("每月收入"),
    "housing_cost": N_("每月住房支出"),
    "other_debt": N_("每月其他还款"),
}

DOCUMENT_STATES: Mapping[DocumentState, tuple[str, str, str]] = {
    DocumentState.UPLOADED: (N_("正在识别"), "accent", "live"),
    DocumentState.READ: (N_("已识别"), "success", "done"),
    DocumentState.REFUSED: (N_("不能使用"), "attention", "alert"),
    DocumentState.REPLACED: (N_("已替换"), "quiet", "stop"),
}
READ_AS = N_("识别为")
NOT_READ = N_("没有读到")
KEPT = N_("已请申请人看过，申请人选择不改。")

CORRECTIONS: Mapping[str, str] = {
    "misread": N_("识别有误，按图片更正"),
    "not_read": N_("没有读到，按图片补录"),
    "other": N_("其他，请写明"),
}
"""Why a member of staff corrected a reading. What they write beside it is sealed as a note."""

PROVENANCES: Mapping[Provenance, str] = {
    Provenance.READ: N_("申请人未确认"),
    Provenance.CONFIRMED: N_("申请人已确认"),
    Provenance.CORRECTED: N_("申请人改过"),
    Provenance.STAFF_CORRECTED: N_("员工改过"),
}

CHECKS: Mapping[str, str] = {
    "id_front_read": N_("身份证人像面已识别"),
    "id_back_read": N_("身份证国徽面已识别"),
    "income_proof_read": N_("收入证明已识别"),
    "id_checksum": N_("身份证号校验位"),
    "identity_match": N_("身份证与填写一致"),
    "adult": N_("申请人已成年"),
    "income_proven": N_("收入已得到证明"),
    **{rule.id: rule.label for rule in CHECKED},
}
RESULTS: Mapping[str, tuple[str, str, str]] = {
    "pass": (N_("通过"), "success", "done"),
    "fail": (N_("不通过"), "danger", "alert"),
    "refer": (N_("请人工判断"), "attention", "user"),
    "decline": (N_("拒绝"), "danger", "stop"),
    "unknown": (N_("未知"), "attention", "help"),
}

RULES: Mapping[str, str] = {
    "authorisation": N_("征信授权"),
    "id_checksum": N_("身份证号"),
    "id_validity": N_("身份证有效期"),
    "identity_match": N_("身份核对"),
    "documents": N_("材料核对"),
    "age": N_("年龄"),
    "product": N_("产品范围"),
    "employment": N_("就业情况"),
    "watch_list": N_("关注名单"),
    "fraud": N_("欺诈核查"),
    "bureau_file": N_("征信报告"),
    "written_off": N_("呆账"),
    "current_delinquency": N_("当前逾期"),
    "payment_history": N_("还款记录"),
    "public_records": N_("公共记录"),
    "inquiries": N_("查询次数"),
    "open_loans": N_("在还贷款"),
    "debt": N_("负债总额"),
    "income_proof": N_("收入证明"),
    "score": N_("信用评分"),
    "affordability": N_("还款能力"),
    "rate": N_("年利率"),
    "amount": N_("最高金额"),
    "drift": N_("自动审批暂停"),
}

SIGNALS: Mapping[str, str] = {
    "watch_list": N_("在关注名单中"),
    "open_application": N_("另有未办结的申请"),
    "running_loan": N_("另有在还的借款"),
    "shared_device": N_("多人使用同一设备"),
    "shared_ip": N_("多人使用同一网络地址"),
    "shared_bank_card": N_("多人使用同一银行卡"),
    "shared_phone": N_("多人使用同一手机号"),
    "velocity": N_("短时间内多次提交"),
    "name_mismatch": N_("证件姓名与填写不一致"),
    "confident_read_changed": N_("识别清楚的内容被修改"),
    "income_overstated": N_("填写的收入高于证明"),
    "duplicate_document": N_("材料与他人相同"),
}
UNCHECKED: Final = "unchecked_"
NO_SIGNALS = N_("没有发现异常")
NOT_CHECKED = N_("未能核查")
NOTHING_ASKED = N_("没有可用的征信授权，没有查询")

OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.APPROVED: (N_("批准"), "success", "done"),
    Outcome.REFERRED: (N_("转人工审核"), "attention", "user"),
    Outcome.DECLINED: (N_("不批准"), "quiet", "stop"),
}

ACCOUNTS: Mapping[str, str] = {
    "credit_card": N_("信用卡"),
    "consumer_loan": N_("消费贷款"),
    "mortgage": N_("住房贷款"),
    "auto_loan": N_("汽车贷款"),
}

DONE: Mapping[str, str] = {
    "noted": N_("备注已保存。"),
    "corrected": N_("更正已保存，相关核对正在重新进行，结果会显示在下面。"),
    "restarted": N_("步骤已重新启动，进展会自动显示在下面。"),
    "decided": N_("决定已记录，申请人会收到短信。"),
}
"""What just happened, after a redirect."""

GROUPS: Mapping[str, str] = {"sex": N_("性别"), "age": N_("年龄"), "region": N_("地区")}
MEMBERS: Mapping[str, str] = {
    "F": N_("女"),
    "M": N_("男"),
    "1": N_("华北"),
    "2": N_("东北"),
    "3": N_("华东"),
    "4": N_("中南"),
    "5": N_("西南"),
    "6": N_("西北"),
    "8": N_("港澳台"),
    "(others)": N_("其他"),
}
"""What people are told apart by in reports and replays, to compare and never to decide; codes of portal.registry."""
