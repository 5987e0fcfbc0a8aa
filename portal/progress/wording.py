"""What is said about progress. Message ids in Chinese; codes that workers give as reasons are explained here to both
sides, so that an applicant and an officer on the phone read the same sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.domain.text import N_
from portal.domain.workflow import Step


@dataclass(frozen=True, slots=True)
class StepWords:
    """`title` names the step; `running` and `done` say what happens and happened; `standing` heads the page."""

    title: str
    running: str
    done: str
    standing: str


STEPS: Mapping[Step, StepWords] = {
    Step.READ_DOCUMENT: StepWords(
        N_("识别照片"), N_("正在识别照片上的文字。"), N_("照片已识别。"), N_("正在识别您的照片")
    ),
    Step.VERIFY_DOCUMENTS: StepWords(
        N_("核对材料"),
        N_("正在核对证件、收入证明和您填写的内容是否一致。"),
        N_("材料已核对。"),
        N_("正在核对您的材料"),
    ),
    Step.CONSULT_BUREAU: StepWords(
        N_("查询征信"),
        N_("正在按您的授权查询一次征信。"),
        N_("征信已查询，本次授权已用完。"),
        N_("正在查询您的征信"),
    ),
    Step.SCREEN_FRAUD: StepWords(
        N_("安全核验"),
        N_("正在核验，防止有人冒用您的身份。"),
        N_("安全核验已完成。"),
        N_("正在做安全核验"),
    ),
    Step.SCORE: StepWords(
        N_("评估还款能力"),
        N_("正在评估您的还款能力。"),
        N_("还款能力已评估。"),
        N_("正在评估您的还款能力"),
    ),
    Step.DECIDE: StepWords(N_("得出结果"), N_("正在得出审核结果。"), N_("审核已有结果。"), N_("正在得出审核结果")),
    Step.DRAW_CONTRACT: StepWords(
        N_("准备合同"), N_("正在准备您的借款合同。"), N_("合同已备好。"), N_("审核通过，正在准备合同")
    ),
    Step.SEAL_CONTRACT: StepWords(
        N_("合同盖章"),
        N_("正在为合同加盖我们的电子签章。"),
        N_("双方都已签署，合同生效。"),
        N_("您已签署，正在为合同盖章"),
    ),
    Step.DISBURSE: StepWords(
        N_("放款"), N_("正在把借款转到您的银行卡。"), N_("借款已转出。"), N_("合同已生效，正在放款")
    ),
    Step.DRAW_ANSWERS: StepWords(
        N_("制作回答清单"), N_("正在制作您的回答清单。"), N_("回答清单已备好。"), N_("正在制作您的回答清单")
    ),
    Step.SEND_NOTICE: StepWords(N_("发送通知"), N_("正在发送通知。"), N_("通知已发送。"), N_("正在发送通知")),
    Step.REMIND_DRAFT: StepWords(
        N_("提醒接着填写"), N_("正在提醒您接着填写。"), N_("已提醒您接着填写。"), N_("正在提醒您接着填写")
    ),
    Step.ERASE_DRAFT: StepWords(
        N_("删除没有填完的内容"),
        N_("正在删除没有填完的内容。"),
        N_("没有填完的内容已删除。"),
        N_("正在删除没有填完的内容"),
    ),
    Step.WATCH_DRIFT: StepWords(
        N_("监测申请变化"), N_("正在监测申请变化。"), N_("已监测申请变化。"), N_("正在监测申请变化")
    ),
    Step.OBSERVE_LOANS: StepWords(
        N_("收集还款情况"), N_("正在收集还款情况。"), N_("已收集还款情况。"), N_("正在收集还款情况")
    ),
    Step.REPORT_MODELS: StepWords(
        N_("编制模型报告"), N_("正在编制模型报告。"), N_("模型报告已编好。"), N_("正在编制模型报告")
    ),
    Step.RETRAIN_MODEL: StepWords(N_("再训练模型"), N_("正在再训练模型。"), N_("模型已再训练。"), N_("正在再训练模型")),
    Step.REPLAY_POLICY: StepWords(
        N_("回放政策变更"), N_("正在回放政策变更。"), N_("政策变更已回放。"), N_("正在回放政策变更")
    ),
    Step.ENACT_POLICY: StepWords(N_("启用新政策"), N_("正在启用新政策。"), N_("新政策已启用。"), N_("正在启用新政策")),
}

RESULTS: Mapping[tuple[Step, str], str] = {
    (Step.CONSULT_BUREAU, "no_authorisation"): N_("没有可用的征信授权，这次没有查询征信。"),
    (Step.SCORE, "not_scored"): N_("资料不够自动评估，由审核员判断。"),
    (Step.DECIDE, "referred"): N_("需要人工判断，已转给审核员。"),
}
"""A finished step that came to something else than usual, by the result in its event."""

QUEUED = N_("已排队，马上开始。")
RETRYING = N_("恢复后会自动继续，您不需要做什么。")
LOOKING = N_("我们正在处理，处理好会自动继续，您填写的内容都在。")

PARKED: Mapping[str, str] = {
    "bureau_unavailable": N_("征信系统暂时连不上。"),
    "documents_reading": N_("还有照片正在识别。"),
    "reader_unavailable": N_("照片识别服务正在恢复。"),
    "bank_unavailable": N_("银行系统暂时连不上，不会重复放款。"),
    "messages_unavailable": N_("短信系统暂时连不上。"),
    "outside": N_("合作机构的系统暂时没有回应。"),
    "internal": N_("这一步刚才没有完成，正在自动重试。"),
}
"""Why a step waits. What follows by itself is `RETRYING`."""

FAILED: Mapping[str, str] = {
    "bureau_refused": N_("征信系统没有接受这次查询。"),
    "bank_refused": N_("银行没有接受这次转账，借款没有转出。"),
    "message_refused": N_("短信没有送达。"),
    "no_authorisation": N_("没有可用的征信授权。"),
    "no_offer": N_("没有有效的额度，合同没有生成。"),
    "not_signed": N_("合同还没有签署。"),
    "seal_unsound": N_("合同的电子签章没有通过校验，合同没有生效。"),
    "outside": N_("合作机构的系统没有接受这次请求。"),
    "internal": N_("这一步遇到了我们系统的问题。"),
    "crashed": N_("这一步多次中断，我们的系统出了问题。"),
}
"""Why a step stopped. What happens next is `LOOKING`."""


def parked_sentence(reason: str | None) -> str:
    """A reason nobody worded is still an outage that passes."""
    return PARKED.get(reason or "", PARKED["outside"])


def failed_sentence(reason: str | None) -> str:
    """A reason nobody worded is a fault of ours."""
    return FAILED.get(reason or "", FAILED["internal"])


@dataclass(frozen=True, slots=True)
class Standing:
    """The page's first sentence, one more in small, and what happens next."""

    sentence: str
    detail: str = ""
    following: tuple[str, ...] = ()


_DECIDING = (
    N_("系统自动核对材料、查询征信并得出结果，每一步都显示在上面。"),
    N_("需要人工判断的，会转给审核员，由审核员查看后决定。"),
    N_("有结果后短信通知您，也可以随时回到这个页面。"),
)

STANDINGS: Mapping[ApplicationState, Standing] = {
    ApplicationState.DRAFT: Standing(N_("申请还没有提交")),
    ApplicationState.SUBMITTED: Standing(N_("申请已收到，正在审核"), following=_DECIDING),
    ApplicationState.REFERRED: Standing(
        N_("申请已转给审核员"),
        N_("这一步由人判断，不是系统自动决定。"),
        (
            N_("审核员看完材料后作出决定，并写明理由。"),
            N_("如需补充信息，我们会打您的手机联系您。"),
            N_("有结果后短信通知您。"),
        ),
    ),
    ApplicationState.APPROVED: Standing(
        N_("审核通过，正在准备合同"),
        following=(
            N_("合同备好后，您先看清全部费用，再决定签不签。"),
            N_("签署后借款全额转到您的银行卡，不预先扣除任何费用。"),
        ),
    ),
    ApplicationState.DECLINED: Standing(
        N_("这次申请没有通过"),
        N_("原因和可以做的事写在结果页里。"),
        (
            N_("您可以请我们说明原因。"),
            N_("您不同意自动作出的结果，可以申请人工复核。"),
        ),
    ),
    ApplicationState.SIGNED: Standing(
        N_("合同已签署，正在放款"),
        following=(
            N_("借款全额转到您填写的银行卡，不预先扣除任何费用。"),
            N_("转出后短信通知您，还款计划也在这里查看。"),
        ),
    ),
    ApplicationState.DISBURSED: Standing(
        N_("借款已转出"),
        N_("到账时间以您的银行为准。"),
        (N_("按还款计划还款，每期的金额和日期都写在计划里。"),),
    ),
    ApplicationState.WITHDRAWN: Standing(
        N_("申请已撤回"),
        N_("我们不会再处理这份申请。"),
        (N_("需要时可以随时重新申请。"),),
    ),
}

CONTRACT_READY = Standing(
    N_("审核通过，等您查看费用并签署"),
    following=(
        N_("先看清全部费用，再查看合同，用短信验证码签署。"),
        N_("签署后借款全额转到您的银行卡，不预先扣除任何费用。"),
        N_("不想借了，可以不签，不会产生费用。"),
    ),
)
OFFER_OVER = Standing(
    N_("额度已过有效期"),
    N_("没有签署，所以没有产生任何费用。"),
    (N_("需要借款时，请先在审批结果页取消，再重新申请。"),),
)
WAITING = N_("暂停了一下，恢复后自动继续")
STOPPED = N_("有一步需要我们处理")

SUBMITTED_TITLE = N_("提交申请")
SUBMITTED_NOTE = N_("您填写的内容和材料都已收到。")
REVIEW_TITLE = N_("人工审核")
REVIEW_RUNNING = N_("等待审核员查看您的材料，一般 1 到 3 个工作日有结果。")
REVIEW_ASKED = N_("您申请了人工复核，审核员正在重新查看。")
REVIEW_DONE = N_("审核员已作出决定。")
SIGN_TITLE = N_("您签署合同")
SIGN_WAITING = N_("等您看清费用后签署，不着急。")
SIGN_DONE = N_("您已签署。")
WITHDRAWN_TITLE = N_("撤回申请")
WITHDRAWN_NOTE = N_("申请已按您的要求撤回。")

EVENTS: Mapping[EventKind, str] = {
    EventKind.DRAFT_OPENED: N_("开始填写申请"),
    EventKind.DRAFT_RESUMED: N_("回来继续填写"),
    EventKind.DRAFT_REMINDED: N_("一天没有继续，已短信提醒"),
    EventKind.DRAFT_ERASED: N_("30 天没有继续，内容已删除"),
    EventKind.QUESTION_ANSWERED: N_("回答了一个问题"),
    EventKind.ANSWER_CHANGED: N_("修改了一个回答"),
    EventKind.DOCUMENT_UPLOADED: N_("上传了材料"),
    EventKind.DOCUMENT_READ: N_("材料已识别"),
    EventKind.DOCUMENT_REFUSED: N_("材料不能使用，需要重新上传"),
    EventKind.DOCUMENT_CONFIRMED: N_("确认了识别出的内容"),
    EventKind.DOCUMENT_CORRECTED: N_("工作人员更正了识别出的内容"),
    EventKind.PERSON_ASKED: N_("请求人工帮助"),
    EventKind.CONSENT_GRANTED: N_("同意了一项授权"),
    EventKind.APPLICATION_SUBMITTED: N_("申请已提交"),
    EventKind.STEP_STARTED: N_("开始一个步骤"),
    EventKind.STEP_FINISHED: N_("完成一个步骤"),
    EventKind.STEP_PARKED: N_("一个步骤在等待，会自动继续"),
    EventKind.STEP_FAILED: N_("一个步骤停下了，需要人工处理"),
    EventKind.STEP_RESTARTED: N_("工作人员重新启动了一个步骤"),
    EventKind.BUREAU_REPORT_RECEIVED: N_("收到征信报告"),
    EventKind.FRAUD_SCREENED: N_("完成安全核验"),
    EventKind.APPLICATION_SCORED: N_("完成评分"),
    EventKind.APPLICATION_APPROVED: N_("审核通过"),
    EventKind.APPLICATION_REFERRED: N_("转给审核员人工审核"),
    EventKind.APPLICATION_DECLINED: N_("审核没有通过"),
    EventKind.APPLICATION_WITHDRAWN: N_("申请已撤回"),
    EventKind.REVIEW_REQUESTED: N_("申请了人工复核"),
    EventKind.CONTRACT_DRAWN: N_("合同已备好"),
    EventKind.COST_STATEMENT_SHOWN: N_("查看了全部费用"),
    EventKind.COST_STATEMENT_CONFIRMED: N_("确认已看清全部费用"),
    EventKind.CONTRACT_SIGNED: N_("您已签署合同"),
    EventKind.CONTRACT_SEALED: N_("合同已盖章生效"),
    EventKind.LOAN_DISBURSED: N_("借款已转出"),
    EventKind.NOTICE_SENT: N_("已发送通知"),
    EventKind.PERSONAL_DATA_REVEALED: N_("工作人员查看了个人信息"),
    EventKind.CASE_OPENED: N_("工作人员打开了这份申请"),
    EventKind.NOTE_ADDED: N_("工作人员写了备注"),
}
"""One line of the timeline, for the applicant as for staff."""

SPOKEN = frozenset(
    {
        EventKind.DOCUMENT_READ,
        EventKind.DOCUMENT_REFUSED,
        EventKind.APPLICATION_SUBMITTED,
        EventKind.APPLICATION_APPROVED,
        EventKind.APPLICATION_REFERRED,
        EventKind.APPLICATION_DECLINED,
        EventKind.APPLICATION_WITHDRAWN,
        EventKind.REVIEW_REQUESTED,
        EventKind.CONTRACT_SIGNED,
    }
)
"""Announced to screen readers in the words of `EVENTS`; steps are announced in their own."""


def done_sentence(step: Step, result: str | None) -> str:
    """What a finished step came to."""
    return RESULTS.get((step, result or ""), STEPS[step].done)


def announcement(kind: EventKind, step: Step | None, reason: str | None, result: str | None) -> str:
    """What a screen reader says of one event; empty for what doesn't concern the applicant's waiting."""
    if step is not None and kind is EventKind.STEP_FINISHED:
        return done_sentence(step, result)
    if kind is EventKind.STEP_PARKED:
        return parked_sentence(reason)
    if kind is EventKind.STEP_FAILED:
        return failed_sentence(reason)
    return EVENTS[kind] if kind in SPOKEN else ""
