"""What applicants say in words of their own, and that they ask for a person.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row a message; the application knows how many, so that a page without any reads none."""
    op.create_table(
        "exchange",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entry", sa.String(), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reply in ('understood', 'unsure', 'answered', 'reason', 'person', 'restart', 'which', 'unclear')",
            name="reply_known",
        ),
        sa.CheckConstraint("state in ('open', 'taken', 'dropped', 'closed')", name="state_known"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id", "number"),
    )
    op.create_index("ix_exchange_application_id", "exchange", ["application_id"])
    op.add_column("application", sa.Column("exchanges", sa.Integer(), server_default="0", nullable=False))
    op.add_column("application", sa.Column("person_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_application_person_asked_at", "application", ["person_asked_at"])


def downgrade() -> None:
    """The words are lost; the answers taken from them stay."""
    op.drop_index("ix_application_person_asked_at", "application")
    op.drop_column("application", "person_asked_at")
    op.drop_column("application", "exchanges")
    op.drop_table("exchange")
