"""Whoever deletes a session, every process hears of it and ends that session's open pages.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The notice goes out with the commit, as those of events do."""
    op.execute(
        """
        create function announce_session_end() returns trigger language plpgsql as $$
        begin
            perform pg_notify('session', encode(old.id_hash, 'hex'));
            return null;
        end $$
        """
    )
    op.execute(
        "create trigger session_end_announced after delete on web_session"
        " for each row execute function announce_session_end()"
    )


def downgrade() -> None:
    """Pages then live on for their five minutes."""
    op.execute("drop trigger session_end_announced on web_session")
    op.execute("drop function announce_session_end()")
