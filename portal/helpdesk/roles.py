"""Who may do what: support helps, officers decide, risk reads figures, operations restarts, admin knows the staff.

Everybody at the helpdesk sees cases masked. A value in clear needs one of these roles and a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.accounts.sessions import StaffIdentity
from portal.db.models import Role

NOTE_WRITERS = frozenset({Role.SUPPORT, Role.OFFICER, Role.OPS})
RESTARTERS = frozenset({Role.SUPPORT, Role.OFFICER, Role.OPS})
DECIDERS = frozenset({Role.OFFICER})
ADMINS = frozenset({Role.ADMIN})
RULE_READERS = frozenset({Role.OFFICER, Role.RISK})
"""The policy's trace quotes income and bureau figures."""
MODEL_READERS = frozenset({Role.OFFICER, Role.RISK, Role.OPS, Role.ADMIN})
MODEL_PROPOSERS = frozenset({Role.RISK})
MODEL_CONFIRMERS = frozenset({Role.RISK, Role.ADMIN})
"""Of a proposal that another person made."""

CHANGERS = frozenset({Role.RISK})
APPROVERS = frozenset({Role.RISK, Role.ADMIN})
"""Of changes of the policy; the author is never the approver."""

_HELPERS = frozenset({Role.SUPPORT, Role.OFFICER})

REVEALERS: Mapping[str, frozenset[Role]] = {
    "name": _HELPERS,
    "id_number": _HELPERS,
    "mobile": _HELPERS,
    "bank_card": _HELPERS,
    "employer": _HELPERS,
    "income": _HELPERS | {Role.RISK},
    "document": _HELPERS,
    "bureau": frozenset({Role.OFFICER, Role.RISK}),
}
"""Who may see which kind of personal data in clear. Risk analysts work with figures, never with contact data."""

DOCUMENT_READERS = REVEALERS["document"]


@dataclass(frozen=True, slots=True)
class Rights:
    """What this member of staff is offered on a case; the handlers check again."""

    note: bool
    restart: bool
    decide: bool
    rules: bool
    reveals: frozenset[str]


def rights_of(staff: StaffIdentity) -> Rights:
    """From the role alone: whose case it is makes no difference."""
    role = Role(staff.role)
    return Rights(
        note=role in NOTE_WRITERS,
        restart=role in RESTARTERS,
        decide=role in DECIDERS,
        rules=role in RULE_READERS,
        reveals=frozenset(kind for kind, roles in REVEALERS.items() if role in roles),
    )
