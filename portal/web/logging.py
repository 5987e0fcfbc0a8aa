"""Structured logs on standard output: one line an event, no personal data, no bodies, no query strings."""

import logging

import structlog
from litestar.logging.config import LoggingConfig


def configure(level: str) -> None:
    """structlog for everything of ours, in every process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )


def logging_config(level: str) -> LoggingConfig:
    """Litestar's own logger; failures are logged by portal.web.errors, once and without values."""
    configure(level)
    return LoggingConfig(log_exceptions="never", root={"level": "WARNING", "handlers": ["queue_listener"]})
