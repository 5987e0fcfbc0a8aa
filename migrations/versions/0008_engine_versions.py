"""Models and policies are kept with the decisions they made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """What decided before this was not kept; the first decision after it keeps what is in force. What a version names
    never changes, nor does it go away."""
    op.create_table(
        "engine_version",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("described", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('model', 'policy')", name="kind_known"),
        sa.PrimaryKeyConstraint("version"),
    )
    op.execute(
        "create function refuse_other_engine() returns trigger language plpgsql as $$ begin "
        "if tg_op = 'DELETE' or row(new.version, new.kind, new.content, new.kept_at) "
        "is distinct from row(old.version, old.kind, old.content, old.kept_at) then "
        "raise exception 'engine_version is kept as it was' using errcode = 'restrict_violation'; end if; "
        "return new; end $$"
    )
    op.execute(
        "create trigger engine_version_kept before update or delete on engine_version "
        "for each row execute function refuse_other_engine()"
    )


def downgrade() -> None:
    """Older decisions can't be replayed any more."""
    op.drop_table("engine_version")
    op.execute("drop function refuse_other_engine()")
