"""Which model decides and who made it so, what others would have said, when they drift, and what becomes of loans.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("model_change", "shadow_score", "loan_outcome", "model_report", "retraining")
_SETTLED_ONCE = {"model_promotion": "proposed", "approval_halt": "open"}


def upgrade() -> None:
    """The registry is filled by the first worker that starts."""
    _create_registry()
    _create_watch()
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table}"
            " for each row execute function refuse_change()"
        )
    _guard_champion()
    for table, first in _SETTLED_ONCE.items():
        op.execute(
            f"create trigger {table}_settled_once before update on {table}"
            f" for each row when (old.state <> '{first}') execute function refuse_change()"
        )
        op.execute(f"create trigger {table}_kept before delete on {table} for each row execute function refuse_change()")
    for table in (*_APPEND_ONLY, *_SETTLED_ONCE, "registered_model"):
        op.execute(
            f"create trigger {table}_no_truncate before truncate on {table}"
            " for each statement execute function refuse_change()"
        )


def _create_registry() -> None:
    op.create_table(
        "registered_model",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('champion', 'challenger', 'retired')", name="state_known"),
        sa.CheckConstraint("origin in ('shipped', 'retrained', 'brought')", name="origin_known"),
        sa.ForeignKeyConstraint(["version"], ["engine_version.version"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index(
        "one_champion", "registered_model", ["state"], unique=True, postgresql_where=sa.text("state = 'champion'")
    )
    op.create_table(
        "model_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('registered', 'proposed', 'dropped', 'promoted', 'retired')", name="kind_known"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["version"], ["engine_version.version"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_model_change_at", "model_change", ["at"])
    op.create_table(
        "model_promotion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('proposed', 'confirmed', 'dropped')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'proposed') = (settled_by is null) and (state = 'proposed') = (settled_at is null)",
            name="promotion_settled_by_somebody",
        ),
        sa.CheckConstraint("state <> 'confirmed' or settled_by <> proposed_by", name="promotion_takes_two"),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["settled_by"], ["staff.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["version"], ["engine_version.version"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_promotion_open", "model_promotion", ["state"], unique=True, postgresql_where=sa.text("state = 'proposed'")
    )


def _create_watch() -> None:
    op.create_table(
        "shadow_score",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("pd", sa.Float(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lane in ('approve', 'refer', 'decline')", name="lane_known"),
        sa.CheckConstraint(
            "(error is null and pd between 0 and 1 and points is not null and grade is not null and lane is not null)"
            " or (error is not null and coalesce(pd, points) is null and coalesce(grade, lane) is null)",
            name="shadow_score_or_error",
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["version"], ["registered_model.version"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("decision_id", "version"),
    )
    op.create_table(
        "approval_halt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("psi", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("shifts", postgresql.JSONB(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.CheckConstraint("state in ('open', 'lifted')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'lifted') = (lifted_by is not null and lifted_at is not null and comment is not null)",
            name="halt_lifted_by_somebody",
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["version"], ["registered_model.version"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("one_halt_open", "approval_halt", ["state"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "loan_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("months_on_book", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("past_due_days", sa.Integer(), nullable=False),
        sa.Column("worst_past_due_days", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict in ('open', 'good', 'bad')", name="verdict_known"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id", "as_of"),
    )
    op.create_index("ix_loan_outcome_application_id", "loan_outcome", ["application_id"])
    op.create_table(
        "model_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_model_report_made_at", "model_report", ["made_at"])
    op.create_table(
        "retraining",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("bads", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(version is null) <> (problem is null)", name="retraining_model_or_sentence"),
        sa.ForeignKeyConstraint(["version"], ["registered_model.version"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )


def _guard_champion() -> None:
    op.execute(
        """
        create function refuse_lone_champion() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
                if new.state = 'champion' and exists (select 1 from registered_model) then
                    raise exception 'only the first model is champion without a promotion' using errcode = 'check_violation';
                end if;
                return new;
            end if;
            if row(new.version, new.origin, new.figures, new.registered_at)
                is distinct from row(old.version, old.origin, old.figures, old.registered_at) then
                raise exception 'a registered model is kept as it was' using errcode = 'restrict_violation';
            end if;
            if new.state = 'champion' and old.state <> 'champion' and not exists (
                select 1 from model_promotion
                where version = new.version and state = 'confirmed' and settled_at >= old.since
            ) then
                raise exception 'no confirmed promotion of %', new.version using errcode = 'check_violation';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger registered_model_guarded before insert or update on registered_model"
        " for each row execute function refuse_lone_champion()"
    )
    op.execute(
        "create trigger registered_model_kept before delete on registered_model"
        " for each row execute function refuse_change()"
    )


def downgrade() -> None:
    """What was learnt about models and loans is lost; decisions stay and replay."""
    for table in ("retraining", "model_report", "loan_outcome", "approval_halt", "shadow_score", "model_promotion", "model_change"):
        op.drop_table(table)
    op.drop_table("registered_model")
    op.execute("drop function refuse_lone_champion()")
