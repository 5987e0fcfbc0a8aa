"""Work that comes round by the calendar: like every step a row, which is written ahead and due at its hour."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Literal

from portal.domain.clock import CHINA
from portal.domain.money import add_months
from portal.domain.workflow import Step

Rhythm = Literal["hourly", "daily", "monthly"]

CHORES: Mapping[Step, tuple[Rhythm, time]] = {
    Step.WATCH_DRIFT: ("hourly", time(0, 40)),
    Step.OBSERVE_LOANS: ("daily", time(2, 10)),
    Step.REPORT_MODELS: ("monthly", time(4, 0)),
    Step.RETRAIN_MODEL: ("monthly", time(4, 30)),
}
"""How often, and when in China: a daily one at that hour, a monthly one then on the first, an hourly one at its minute
of every hour."""


def next_turn(step: Step, after: datetime) -> datetime:
    """When a chore is due for the first time after a moment."""
    rhythm, at = CHORES[step]
    local = after.astimezone(CHINA)
    if rhythm == "hourly":
        turn = local.replace(minute=at.minute, second=0, microsecond=0)
        return turn if turn > after else turn + timedelta(hours=1)
    day = local.date().replace(day=1) if rhythm == "monthly" else local.date()
    turn = datetime.combine(day, at, CHINA)
    if turn <= after:
        turn = datetime.combine(add_months(day, 1) if rhythm == "monthly" else day + timedelta(days=1), at, CHINA)
    return turn
