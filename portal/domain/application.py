"""An application's states and the only ways between them.

The same table is enforced by a trigger in the database (migrations), so raw SQL can't take a shortcut either.
"""

from enum import StrEnum

from portal.domain.errors import Conflict


class ApplicationState(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REFERRED = "referred"
    APPROVED = "approved"
    DECLINED = "declined"
    SIGNED = "signed"
    DISBURSED = "disbursed"
    WITHDRAWN = "withdrawn"


S = ApplicationState

TRANSITIONS: dict[ApplicationState, frozenset[ApplicationState]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.REFERRED, S.APPROVED, S.DECLINED, S.WITHDRAWN}),
    S.REFERRED: frozenset({S.APPROVED, S.DECLINED, S.WITHDRAWN}),
    # A decline can be reopened for human review: PIPL article 24 gives the right to refuse a purely automated decision.
    S.DECLINED: frozenset({S.REFERRED}),
    S.APPROVED: frozenset({S.SIGNED, S.WITHDRAWN, S.REFERRED}),
    S.SIGNED: frozenset({S.DISBURSED}),
    S.DISBURSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}

UNDECIDED = frozenset({S.SUBMITTED, S.REFERRED})
OPEN_STATES = frozenset({S.DRAFT, S.SUBMITTED, S.REFERRED, S.APPROVED, S.SIGNED})


class IllegalTransition(Conflict):
    """The application can't go from where it stands to the state asked for."""


def check_transition(current: ApplicationState, target: ApplicationState) -> None:
    """Raise IllegalTransition unless the table above allows it."""
    if target not in TRANSITIONS[current]:
        raise IllegalTransition
