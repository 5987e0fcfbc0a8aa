"""Drafts that nobody goes on with are reminded of once, then erased.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DUE = """
    insert into step_run (id, application_id, step, queue, state, attempt, parks, due_at, token, created_at)
    select gen_random_uuid(), id, '{step}', 'light', 'due', 0, 0, greatest(updated_at + interval '{wait}',
        now() + interval '{grace}'), 0, now()
    from application where state = 'draft'
"""


def upgrade() -> None:
    """Drafts of before get their rows, too: no reminder at once for all, and none is erased within a week of it."""
    op.add_column("application", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_DUE.format(step="remind_draft", wait="24 hours", grace="1 hour"))
    op.execute(_DUE.format(step="erase_draft", wait="30 days", grace="7 days"))


def downgrade() -> None:
    """What is erased stays erased."""
    op.execute("delete from step_run where step in ('remind_draft', 'erase_draft')")
    op.drop_column("application", "erased_at")
