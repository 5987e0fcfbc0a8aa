"""What is in force is said by the registry of models and by the terms of policies, no longer by the version kept.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing reads the column any more."""
    op.drop_column("engine_version", "in_force_at")


def downgrade() -> None:
    """As if each had been taken up when it was kept; the column's trigger looks at other columns only."""
    op.add_column(
        "engine_version",
        sa.Column("in_force_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.alter_column("engine_version", "in_force_at", server_default=None)
