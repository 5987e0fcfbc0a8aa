"""Once there is a model, one decides, at the end of every transaction.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index says that there is one champion at most; this says that there is one at least. Deferred, because a
    promotion retires the old one first."""
    op.execute(
        """
        create function refuse_no_champion() returns trigger language plpgsql as $$
        begin
            if not exists (select 1 from registered_model where state = 'champion') then
                raise exception 'one registered model has to be champion' using errcode = 'check_violation';
            end if;
            return null;
        end $$
        """
    )
    op.execute(
        "create constraint trigger registered_model_decided after insert or update on registered_model"
        " deferrable initially deferred for each row execute function refuse_no_champion()"
    )


def downgrade() -> None:
    """Back to one at most."""
    op.execute("drop trigger registered_model_decided on registered_model")
    op.execute("drop function refuse_no_champion()")
