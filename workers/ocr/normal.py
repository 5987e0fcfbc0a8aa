"""Normal forms of what is printed: dates, months, amounts, names. None when the text is not of its kind."""

import re
from datetime import date
from decimal import Decimal

from workers.ocr.reading import LONG_TERM

DATE = r"(?:19|20)\d{2}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}"
MONTH = r"(?:19|20)\d{2}\s*[-./年]\s*\d{1,2}"
# Blanks may stand in an amount, tabs not: there the next cell begins.
AMOUNT = r"[-+−]? ?¥? ?\d[\d, ]*\. ?\d{1,2}|[-+−]? ?¥? ?\d[\d,]*"
ID_NUMBER = r"\d(?:\s*\d){16}\s*[\dXx×]"


def iso_date(text: str) -> str | None:
    """`2018.03.12`, `2018年3月12日`, `20180312` → `2018-03-12`; 长期 → `long_term`."""
    if "长" in text:
        return LONG_TERM
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    try:
        year, month, day = map(int, parts)
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def iso_month(text: str) -> str | None:
    """`2025年9月` → `2025-09`."""
    parts = re.findall(r"\d+", text)
    try:
        year, month = map(int, parts)
        return date(year, month, 1).isoformat()[:7]
    except ValueError:
        return None


def fen(text: str) -> str | None:
    """`12,500.00` or `-¥35.5` → whole fen as text; a sign is kept only when it is a minus."""
    cleaned = re.sub(r"[^\d.+\-−]", "", text).replace("−", "-")
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,2})?", cleaned):
        return None
    return str(int(Decimal(cleaned) * 100))


def id_number(text: str) -> str | None:
    """Eighteen characters in capitals, not yet checked."""
    value = re.sub(r"\s", "", text).upper().replace("×", "X")
    return value if re.fullmatch(r"\d{17}[\dX]", value) else None


def person_name(text: str) -> str | None:
    """Chinese characters with a middle dot for names of other peoples; blanks set for looks go."""
    value = re.sub(r"\s", "", text).replace("•", "·").replace("・", "·")
    return value if re.fullmatch(r"[㐀-鿿]{1,15}(?:·[㐀-鿿]{1,15})*", value) and len(value) >= 2 else None


def words(text: str) -> str | None:
    """Any text without blanks around it."""
    return text.strip() or None


def months_between(earlier: str, later: date) -> int:
    """Full calendar months from an ISO date or month to a day."""
    year, month = int(earlier[:4]), int(earlier[5:7])
    return (later.year - year) * 12 + later.month - month
