"""What is applied for, and which answers and photographs do not count for the time being.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until now there was one product, and everything kept counted."""
    op.add_column("application", sa.Column("product", sa.String(), nullable=False, server_default="consumer"))
    op.alter_column("application", "product", server_default=None)
    op.add_column("answer", sa.Column("set_aside", sa.LargeBinary(), nullable=True))
    op.add_column("document", sa.Column("set_aside", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("document", "set_aside", server_default=None)


def downgrade() -> None:
    """What was set aside is gone, as it would be after submission."""
    op.execute("delete from answer where set_aside is not null")
    op.execute("update document set state = 'replaced' where set_aside")
    op.drop_column("document", "set_aside")
    op.drop_column("answer", "set_aside")
    op.drop_column("application", "product")
