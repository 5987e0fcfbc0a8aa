"""The side of the resident identity card with the portrait (居民身份证, GA 448): who the person is."""

import re
from dataclasses import replace
from datetime import date

from portal.domain.identity import PROVINCES, IdNumber, InvalidIdentity, check_digit
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.layout import Document, Row, join_fields, label
from workers.ocr.normal import DATE, ID_NUMBER, id_number, iso_date, person_name
from workers.ocr.reading import Check, Field

# 56 peoples by the characters their names begin with would be long; what is printed is one to five characters.
_PEOPLE = r"([㐀-鿿](?:\s?[㐀-鿿]){0,4})"


def _read(document: Document, today: date) -> Facts:
    fields = found(
        name=document.find(label("姓名") + r"([㐀-鿿·•・\s]+)", person_name),
        sex=document.find(label("性别") + "([男女])", {"男": "M", "女": "F"}.get),
        ethnicity=document.find(label("民族") + _PEOPLE, lambda text: re.sub(r"\s", "", text).removesuffix("族")),
        birth_date=document.find(label("出生") + f"({DATE})", iso_date),
        address=_address(document),
        id_number=document.find(f"({ID_NUMBER})", id_number),
    )
    checks = _checks(fields)
    return Facts(_corroborated(fields, checks), checks)


def _corroborated(fields: dict[str, Field], checks: tuple[Check, ...]) -> dict[str, Field]:
    """What a number with a right check digit says too is as certain as the number.

    The wide gaps in a printed birth date keep the recogniser's own score near 0.9 even when it is right.
    """
    passed = {check.id for check in checks if check.passed}
    if "id_checksum" in passed:
        sure = fields["id_number"].confidence
        for name in ("birth_date", "sex"):
            if f"id_{name}" in passed:
                fields[name] = replace(fields[name], confidence=max(sure, fields[name].confidence))
    return fields


def _address(document: Document) -> Field | None:
    """The value beside 住址 and the lines under it that begin at its left edge, down to the number."""
    start = next(document.search(label("住址") + r"(\S.*)"), None)
    if start is None:
        return None
    row, match = start
    cells = row.cells_between(*match.span(1))
    text = match[1]
    size = cells[0].line.height
    left = cells[0].left if not re.match(r"住\s*址", cells[0].text) else cells[0].left + 3 * size
    lowest = row.cells[0].y
    following = [r for r in document.rows if r.page == row.page and r.cells[0].y > lowest]
    for below in following:
        if _ends_address(below) or len(cells) >= 4:
            break
        for cell in below.cells:
            near = abs(cell.left - left) < 1.5 * size and cell.y - lowest < 2.2 * size
            if near and cell.line.height > 0.6 * size:
                cells.append(cell)
                text += cell.text
                lowest = cell.y
                break
    return join_fields(cells, row.page, re.sub(r"\s", "", text))


def _ends_address(row: Row) -> bool:
    return bool(re.search(rf"公\s*民\s*身\s*份|{ID_NUMBER}", row.text))


def _checks(fields: dict[str, Field]) -> tuple[Check, ...]:
    if "id_number" not in fields:
        return ()
    number = fields["id_number"].value
    checks = [
        Check(
            "id_checksum",
            check_digit(number[:17]) == number[17],
            "error",
            "身份证号校验位",
            "Check digit of the ID number",
        ),
        Check("id_region", number[:2] in PROVINCES, "error", "身份证号地区代码", "Region code of the ID number"),
    ]
    try:
        identity = IdNumber.parse(number)
    except InvalidIdentity:
        return tuple(checks)
    if "birth_date" in fields:
        same = identity.birth_date.isoformat() == fields["birth_date"].value
        checks.append(
            Check("id_birth_date", same, "error", "出生日期与身份证号一致", "Birth date agrees with the ID number")
        )
    if "sex" in fields:
        same = identity.sex == fields["sex"].value
        checks.append(Check("id_sex", same, "error", "性别与身份证号一致", "Sex agrees with the ID number"))
    return tuple(checks)


KIND = Kind(
    "id_card_front",
    {
        "姓名": 0.2,
        "性别": 0.3,
        "民族": 0.4,
        "出生": 0.3,
        "住址": 0.4,
        "公民身份号码": 0.6,
        r"(?<!\d)\d{17}[\dXx](?!\d)": 0.2,
    },
    _read,
)
