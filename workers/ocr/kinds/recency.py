"""How old proof of income may be."""

from datetime import date

from workers.ocr.normal import months_between
from workers.ocr.reading import Check

MAX_MONTHS = 3


def recent(printed: str, today: date) -> Check:
    """`printed` is an ISO date or month; what lies in the future is not recent either."""
    return Check(
        "recent",
        0 <= months_between(printed, today) <= MAX_MONTHS,
        "warning",
        f"材料日期在 {MAX_MONTHS} 个月内",
        f"Dated within the last {MAX_MONTHS} months",
    )
