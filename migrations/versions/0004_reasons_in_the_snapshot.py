"""A decision's sentences quote income, age and credit: they are in its sealed snapshot already, and stand nowhere else.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is lost: every automatic decision has its snapshot, and an officer's told the same reasons."""
    op.drop_column("decision", "rules")
    op.drop_column("decision", "reasons")


def downgrade() -> None:
    """The columns come back empty: only the application can open a snapshot."""
    for name in ("reasons", "rules"):
        op.add_column("decision", sa.Column(name, postgresql.JSONB(), server_default="[]", nullable=False))
        op.alter_column("decision", name, server_default=None)
