"""Changes of the credit policy: drafted, replayed, approved by a second person, in force one after the other.

Revision ID: 0012
Revises: 0011
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATES = "'draft', 'replaying', 'replayed', 'submitted', 'scheduled', 'in_force', 'replaced', 'rolled_back', 'rejected'"
_KINDS = (
    "'drafted', 'edited', 'replayed', 'refused', 'submitted', 'approved', 'rejected', 'overtaken', 'in_force', "
    "'replaced', 'rolled_back', 'reinstated'"
)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def upgrade() -> None:
    """The policy that decided last goes on: the first term is its own. Without one, the first worker begins it."""
    op.create_table(
        "policy_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
        sa.Column("base_version", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        _json("edits"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("replay_count", sa.Integer(), nullable=False),
        _json("result", nullable=True),
        _json("problem", nullable=True),
        _instant("effective_at", nullable=True),
        _instant("created_at"),
        _instant("updated_at"),
        sa.CheckConstraint(f"state in ({_STATES})", name="state_known"),
        sa.CheckConstraint("approver_id <> author_id", name="approver_is_another"),
        sa.CheckConstraint(
            "state not in ('scheduled', 'in_force', 'replaced', 'rolled_back')"
            " or (approver_id is not null and version is not null and effective_at is not null)",
            name="approved_before_in_force",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["base_version"], ["engine_version.version"]),
        sa.ForeignKeyConstraint(["version"], ["engine_version.version"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_policy_change_created_at", "policy_change", ["created_at"])
    op.create_table(
        "policy_event",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        _json("data"),
        _instant("at"),
        sa.CheckConstraint(f"kind in ({_KINDS})", name="kind_known"),
        sa.ForeignKeyConstraint(["change_id"], ["policy_change.id"]),
        sa.ForeignKeyConstraint(["actor_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_policy_event_change_id", "policy_event", ["change_id"])
    op.execute(
        "create trigger policy_event_append_only before update or delete on policy_event"
        " for each row execute function refuse_change()"
    )
    op.execute(
        "create trigger policy_event_no_truncate before truncate on policy_event"
        " for each statement execute function refuse_change()"
    )
    _create_terms()


def _create_terms() -> None:
    op.create_table(
        "policy_term",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        _instant("began_at"),
        _instant("ended_at", nullable=True),
        sa.Column("rolled_back_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["engine_version.version"]),
        sa.ForeignKeyConstraint(["change_id"], ["policy_change.id"]),
        sa.ForeignKeyConstraint(["rolled_back_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(
        "policy_term_in_force",
        "policy_term",
        [sa.text("(ended_at is null)")],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.execute(
        """
        create function refuse_other_term() returns trigger language plpgsql as $$
        begin
            if tg_op <> 'UPDATE' or old.ended_at is not null or new.ended_at is null
                or row(new.number, new.version, new.change_id, new.began_at, new.rolled_back_by, new.reason)
                is distinct from
                row(old.number, old.version, old.change_id, old.began_at, old.rolled_back_by, old.reason) then
                raise exception 'a term of a policy can only end' using errcode = 'restrict_violation';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        """
        create function require_policy_in_force() returns trigger language plpgsql as $$
        begin
            if not exists (select from policy_term where ended_at is null) then
                raise exception 'a policy has to be in force' using errcode = 'restrict_violation';
            end if;
            return null;
        end $$
        """
    )
    op.execute(
        "create trigger policy_term_only_ends before update or delete on policy_term"
        " for each row execute function refuse_other_term()"
    )
    op.execute(
        "create trigger policy_term_no_truncate before truncate on policy_term"
        " for each statement execute function refuse_change()"
    )
    op.execute(
        "create constraint trigger policy_term_goes_on after update on policy_term deferrable initially deferred"
        " for each row execute function require_policy_in_force()"
    )
    op.execute(
        "insert into policy_term (version, began_at, reason) select version, in_force_at, '' from engine_version"
        " where kind = 'policy' order by in_force_at desc limit 1"
    )


def downgrade() -> None:
    """What was changed is forgotten; decisions still name the policy that made them."""
    op.drop_table("policy_term")
    op.execute("drop function require_policy_in_force()")
    op.execute("drop function refuse_other_term()")
    op.drop_table("policy_event")
    op.drop_table("policy_change")
    op.execute("delete from step_run where step in ('replay_policy', 'enact_policy')")
