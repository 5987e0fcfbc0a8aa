"""What raw SQL could still do: begin an application in the middle, lend an inquiry another authorisation, empty the
decisions.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The checks of updates hold for inserts, and the other way round."""
    op.execute(
        """
        create function refuse_other_beginning() returns trigger language plpgsql as $$
        begin
            raise exception 'illegal transition to %', new.state using errcode = 'check_violation';
        end $$
        """
    )
    op.execute(
        "create trigger application_begins before insert on application"
        " for each row when (new.state <> 'draft') execute function refuse_other_beginning()"
    )
    op.execute(
        "create trigger bureau_inquiry_stays_authorised before update of application_id, consent_id on bureau_inquiry"
        " for each row execute function refuse_unauthorised_inquiry()"
    )
    op.execute(
        "create trigger decision_no_truncate before truncate on decision"
        " for each statement execute function refuse_change()"
    )


def downgrade() -> None:
    """Back to what 0001 refuses."""
    op.execute("drop trigger decision_no_truncate on decision")
    op.execute("drop trigger bureau_inquiry_stays_authorised on bureau_inquiry")
    op.execute("drop trigger application_begins on application")
    op.execute("drop function refuse_other_beginning()")
