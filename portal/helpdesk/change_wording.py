"""What risk analysts read about changes of the policy. Message ids in Chinese."""

from collections.abc import Mapping

from portal.db.models import ChangeState, PolicyEventKind
from portal.domain.text import N_
from portal.helpdesk.policy_pages import FILES

S, K = ChangeState, PolicyEventKind

STATES: Mapping[ChangeState, tuple[str, str, str]] = {
    S.DRAFT: (N_("起草中"), "quiet", "edit"),
    S.REPLAYING: (N_("回放中"), "accent", "live"),
    S.REPLAYED: (N_("已回放"), "accent", "check"),
    S.SUBMITTED: (N_("待第二人批准"), "attention", "user"),
    S.SCHEDULED: (N_("已批准，等待生效"), "accent", "clock"),
    S.IN_FORCE: (N_("生效中"), "success", "done"),
    S.REPLACED: (N_("已被取代"), "quiet", "stop"),
    S.ROLLED_BACK: (N_("已退回"), "danger", "back"),
    S.REJECTED: (N_("已放弃"), "quiet", "close"),
}
"""Word, tone and icon of each state."""

EVENTS: Mapping[PolicyEventKind, tuple[str, str]] = {
    K.DRAFTED: (N_("起草了"), "edit"),
    K.EDITED: (N_("改了参数"), "pen"),
    K.REPLAYED: (N_("回放完成"), "check"),
    K.REFUSED: (N_("检查没有通过"), "alert"),
    K.SUBMITTED: (N_("已提交批准"), "send"),
    K.APPROVED: (N_("已批准"), "shield"),
    K.REJECTED: (N_("放弃"), "close"),
    K.OVERTAKEN: (N_("生效前政策已变，退回起草"), "refresh"),
    K.IN_FORCE: (N_("生效"), "done"),
    K.REPLACED: (N_("被下一项变更取代"), "stop"),
    K.ROLLED_BACK: (N_("被退回"), "back"),
    K.REINSTATED: (N_("重新生效"), "refresh"),
}

GROUPS: Mapping[str, str] = {
    "lanes": N_("通过线与拒绝线"),
    "policy": N_("产品与欺诈限额"),
    **FILES,
}
"""The files of a policy, in the order in which they are edited."""

DONE: Mapping[str, str] = {
    "drafted": N_("已起草。现在可以修改参数。"),
    "submitted": N_("已提交，等另一位同事批准。"),
    "approved": N_("已批准，到时间自动生效。"),
    "rejected": N_("这项变更已放弃，不会生效。"),
    "rolled_back": N_("已退回到上一版政策，下一笔申请起生效。"),
}
"""What just happened, after a redirect."""

LANES: Mapping[str, tuple[str, str, str]] = {
    "approve": (N_("自动通过"), "success", "done"),
    "refer": (N_("转人工"), "attention", "user"),
    "decline": (N_("自动拒绝"), "danger", "stop"),
}
