"""Which notices exist, what their templates need, and on which channels they can travel."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.db.models import Channel

_SMS = frozenset({Channel.SMS})
_BOTH = frozenset({Channel.SMS, Channel.EMAIL})


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`page` is where the link leads, under `/applications/<reference>/`; `data` are the names the texts use."""

    page: str = ""
    data: frozenset[str] = frozenset()
    channels: frozenset[Channel] = _SMS


_CODE = NoticeKind(data=frozenset({"code"}))

NOTICES: Mapping[str, NoticeKind] = {
    "sign_in_code": _CODE,
    "track_code": _CODE,
    "sign_contract_code": _CODE,
    "draft_reminder": NoticeKind("chat"),
    "application_received": NoticeKind("progress"),
    "document_refused": NoticeKind("chat"),
    "application_referred": NoticeKind("progress"),
    "application_approved": NoticeKind("decision"),
    "application_declined": NoticeKind("decision"),
    "contract_ready": NoticeKind("sign"),
    "contract_sealed": NoticeKind("progress", channels=_BOTH),
    "loan_disbursed": NoticeKind("schedule", channels=_BOTH),
    "review_received": NoticeKind("progress"),
}
"""A text message is read over shoulders: an outcome stands on the page behind the link, never in the message."""
