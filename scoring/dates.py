"""A column of times as days, whatever way they are written."""

from datetime import UTC, datetime

import numpy as np
from dateutil import parser

from scoring.table import Floats, Table, TableError

_DEFAULT = datetime(2000, 1, 1, tzinfo=UTC)


def as_days(table: Table, name: str) -> Floats:
    """Days since 1970 of a date, a month (`2016-03`, `201603`, `Mar-2016`), or the number itself where it is none.

    NaN where missing. Raises TableError naming the first text that is no time.
    """
    texts = table.texts(name)
    found: dict[str, float] = {"": np.nan}
    for text in dict.fromkeys(texts):
        if text and text not in found:
            found[text] = _days(name, text)
    return np.array([found[text] for text in texts])


def _days(name: str, text: str) -> float:
    if text.isdigit() and len(text) == 6 and 1 <= int(text[4:]) <= 12:
        text = f"{text[:4]}-{text[4:]}-01"
    elif text.replace(".", "", 1).lstrip("-").isdigit() and len(text) != 8:
        return float(text)
    try:
        return float(parser.parse(text, default=_DEFAULT).timestamp() / 86_400)
    except (ValueError, OverflowError):
        raise TableError(f"{name!r} holds {text[:40]!r}, which is no time.") from None
