"""What becomes of a field after it was read, and the photograph's fingerprint."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('field_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('field_id', sa.Uuid(), nullable=False),
    sa.Column('provenance', sa.Text(), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=True),
    sa.Column('staff_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(
        "provenance in ('read', 'confirmed', 'corrected', 'staff_corrected')", name='provenance_known'
    ),
    sa.ForeignKeyConstraint(['field_id'], ['document_field.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_field_change_field_id'), 'field_change', ['field_id'], unique=False)
    op.add_column('document', sa.Column('fingerprint', postgresql.BIT(length=256), nullable=True))


def downgrade() -> None:
    op.drop_column('document', 'fingerprint')
    op.drop_index(op.f('ix_field_change_field_id'), table_name='field_change')
    op.drop_table('field_change')
