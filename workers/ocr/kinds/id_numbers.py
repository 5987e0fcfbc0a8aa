"""The identity number (GB 11643-1999) on a document: what it says by itself, its checks, and how to mend a digit."""

from datetime import date

from stdnum import numdb

from portal.domain.identity import PROVINCES, IdNumber, InvalidIdentity, age_on, check_digit
from workers.ocr.layout import Document, Row
from workers.ocr.normal import ID_NUMBER, Guess, id_number, iso_date
from workers.ocr.reading import Check, Field

_OLDEST = 120


def find_id_number(document: Document, *, birth_date: str | None = None, sex: str | None = None) -> Field | None:
    """The first number that holds; else the first of eighteen characters, mended as a guess when one digit is the flaw.

    `birth_date` and `sex` are those printed beside it, in normal form.
    """
    flawed = None
    for row, match in document.search(ID_NUMBER):
        number = id_number(match[0])
        if number is None:
            continue
        if parse(number):
            return row.field(*match.span(), number)
        flawed = flawed or (row, *match.span(), number)
    if flawed is None:
        return None
    row, start, end, number = flawed
    mended = _mend(number, _chances(row, start, end), birth_date, sex)
    return row.field(start, end, Guess(mended) if mended else number)


def parse(number: str) -> IdNumber | None:
    """The number when its check digit, province and birth date hold."""
    try:
        return IdNumber.parse(number)
    except InvalidIdentity:
        return None


def number_checks(number: str, today: date) -> list[Check]:
    """What can be checked on eighteen characters alone."""
    birth = iso_date(number[6:14])
    age = age_on(date.fromisoformat(birth), today) if birth else -1
    return [
        Check(
            "id_checksum",
            check_digit(number[:17]) == number[17],
            "error",
            "身份证号校验位",
            "Check digit of the ID number",
        ),
        Check("id_region", number[:2] in PROVINCES, "error", "身份证号地区代码", "Region code of the ID number"),
        Check(
            # Codes change with the map; the table keeps the old ones, a newer one than the table is no forgery.
            "id_county",
            "county" in _region(number[:6]),
            "warning",
            "身份证号前六位是已公布的县级代码",
            "The first six digits are a published county code",
        ),
        Check(
            "id_age",
            0 <= age <= _OLDEST,
            "error",
            "身份证号中的出生日期合理",
            "The birth date in the ID number is plausible",
        ),
    ]


def _region(code: str) -> dict[str, str]:
    """Province and county of GB/T 2260, past and present, as far as the code leads."""
    return {name: value for _, known in numdb.get("cn/loc").info(code) for name, value in known.items()}


def _chances(row: Row, start: int, end: int) -> list[float]:
    """A probability for each of the eighteen characters."""
    return [
        chance
        for span in row.spans(start, end)
        for character, chance in zip(span.text, span.cell.chances[span.start : span.end], strict=True)
        if not character.isspace()
    ]


def _mend(number: str, chances: list[float], birth_date: str | None, sex: str | None) -> str | None:
    """The number with one character changed so that all holds: at the only place possible, or the least legible."""
    candidates = []
    for place in range(18):
        for digit in "0123456789X" if place == 17 else "0123456789":
            changed = number[:place] + digit + number[place + 1 :]
            identity = parse(changed) if digit != number[place] else None
            if identity is None or (birth_date and identity.birth_date.isoformat() != birth_date):
                continue
            if sex is None or identity.sex == sex:
                candidates.append((chances[place], changed))
    candidates.sort()
    if not candidates or (len(candidates) > 1 and candidates[0][0] > 0.5 * candidates[1][0]):
        return None
    return candidates[0][1]
