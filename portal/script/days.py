"""Days as people write them: 2041-06-08 · 2041.6.8 · 20410608 · 2041年6月8日, and 长期 for a card without end."""

from datetime import date

from portal.domain.errors import Invalid
from portal.domain.identity import LONG_TERM
from portal.domain.text import N_


def parse_last_day(text: str) -> str:
    """A card's last day as 2041-06-08, 2041.06.08, 20410608 or 2041年6月8日, or 长期; ISO, or `long_term`."""
    plain = text.strip()
    if plain in ("长期", "长期有效", LONG_TERM, "long term"):
        return LONG_TERM
    for mark in "年月./-":
        plain = plain.replace(mark, " ")
    parts = plain.replace("日", "").split()
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except (ValueError, OverflowError):
        raise Invalid(public=N_("请填写日期，例如 2041-06-08；长期有效请写“长期”。")) from None
