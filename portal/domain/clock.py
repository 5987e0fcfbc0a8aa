"""The one clock: every instant is UTC; people are shown China Standard Time (UTC+8, no daylight saving since 1991)."""

from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current date in China, which is what due dates, ages and validity periods are counted in."""
    return now().astimezone(CHINA).date()
