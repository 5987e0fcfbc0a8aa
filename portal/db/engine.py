"""The connection pool, with the time-outs that keep one slow statement from taking the house down."""

from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

Sessions = async_sessionmaker[AsyncSession]


def create_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine over asyncpg: 3 s for a connection, 5 s for a statement, 10 s idle inside a transaction."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        pool_timeout=3,
        pool_recycle=1800,
        connect_args={
            "timeout": 3,
            "command_timeout": 5,
            "server_settings": {
                "application_name": "xindai",
                "statement_timeout": "5000",
                "lock_timeout": "3000",
                "idle_in_transaction_session_timeout": "10000",
            },
        },
    )


def create_sessions(engine: AsyncEngine) -> Sessions:
    """Sessions keep loaded rows after commit: what was shown stays what was shown."""
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False, autoflush=False)
