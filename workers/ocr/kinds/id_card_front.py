"""The side of the resident identity card with the portrait (居民身份证, GA 448): who the person is.

The labels are small, pale and blue; any of them may be missing from what was read. Then the order of the lines, which
is the same on every card, says what a line is.
"""

import re
from dataclasses import replace
from datetime import date

from workers.ocr.kinds.confidence import settle
from workers.ocr.kinds.id_numbers import find_id_number, number_checks, parse
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.peoples import people
from workers.ocr.layout import GUESSED, Document, Row, Span, join_fields, label
from workers.ocr.normal import DATE, HAN, ID_NUMBER, Guess, iso_date, person_name
from workers.ocr.reading import Check, Field

_SEX = {"男": "M", "女": "F"}
_NUMBER_ROW = rf"公\s*民\s*身\s*份|身\s*份\s*号\s*码|{ID_NUMBER}"
_BIRTH = rf"{DATE}|(?:19|20)\d{{2}}\D{{1,4}}\d{{1,2}}\D{{1,4}}\d{{1,2}}(?=\D|$)"
_LABELS = r"\s*姓\s*名|\s*性\s*别|\s*出\s*生|\s*住\s*址"
# What a card of 85.6 mm leaves for a line of address, in characters, and how many lines there are at most.
_ADDRESS_LINES = 4
# A full line of address is eleven characters; one that ends otherwise than these may have lost its last line.
_FULL_LINE = 9
_ADDRESS_ENDS = tuple("号室户组村栋楼幢座院弄巷层元社队屯庄寨厦苑园场店校厂所站舍房铺库")


def _read(document: Document, today: date) -> Facts:
    sex = document.find(label("性别") + "([男女])", _SEX.get) or document.find(r"(?<!\S)([男女])(?!\S)", _SEX.get)
    birth = document.find(label("出生") + f"({_BIRTH})", iso_date) or document.find(f"({_BIRTH})(?=\\s*日)", iso_date)
    number = find_id_number(document, birth_date=birth.value if birth else None, sex=sex.value if sex else None)
    fields = found(
        name=_name(document),
        sex=sex,
        ethnicity=document.find(label("民族") + rf"([{HAN}](?: ?[{HAN}]){{0,5}})", people)
        or document.find(rf"[男女][^\n]*?族?\s+([{HAN}]{{1,5}})$", people),
        birth_date=birth,
        address=_address(document),
        id_number=number,
    )
    checks = _checks(fields, today)
    return Facts(_settled(fields, checks), checks)


def _settled(fields: dict[str, Field], checks: tuple[Check, ...]) -> dict[str, Field]:
    """What number, birth date and sex say of each other; what was not read of them is taken from a right number."""
    passed = {check.id for check in checks if check.passed}
    failed = {check.id for check in checks if not check.passed and check.severity == "error"}
    agreed: set[str] = set()
    doubted: set[str] = set()
    for name in ("birth_date", "sex"):
        if f"id_{name}" in failed:
            doubted |= {"id_number", name}
        elif {f"id_{name}", "id_checksum"} <= passed:
            agreed |= {"id_number", name}
    if failed & {"id_checksum", "id_region", "id_age"}:
        doubted |= {"id_number", "birth_date", "sex"}
    # A mended number agrees with all by making; one without its birth date has only the check digit, 1 in 11 by chance.
    number = fields.get("id_number")
    if number is not None and (number.confidence <= GUESSED or "id_birth_date" not in passed):
        agreed.clear()
    settled = settle(fields, agreed, doubted)
    identity = parse(number.value) if number else None
    if number and identity and not doubted:
        derived = replace(number, confidence=min(GUESSED, number.confidence))
        settled.setdefault("birth_date", replace(derived, value=identity.birth_date.isoformat()))
        settled.setdefault("sex", replace(derived, value=identity.sex))
    return settled


def _name(document: Document) -> Field | None:
    """Beside its label; without one, the line above that of sex and people."""
    labelled = document.find(label("姓名") + rf"([{HAN}·•・.\s]+)", person_name)
    if labelled is not None:
        return labelled
    for above, row in zip(document.rows, document.rows[1:], strict=False):
        if re.search(r"性\s*别|民\s*族|(?<!\S)[男女](?!\S)", row.text):
            match = re.match(rf"\s*(?:[{HAN}]?\s*名)?\s*([{HAN}·•・.\s]+)$", above.text)
            value = person_name(match[1]) if match else None
            # The label's own characters, misread, would look like a part of the name.
            return above.field(*match.span(1), Guess(value)) if match and value else None
    return None


def _address(document: Document) -> Field | None:
    """The lines from that of the label, or under the birth date, down to the number, in one column."""
    start = next(document.search(label("住址") + r"(\S.*)"), None)
    if start is not None:
        row, match = start
        spans = row.spans(*match.span(1))
    else:
        birth = next((row for row, _ in document.search(_BIRTH)), None)
        row = next((r for r in document.rows if birth and r.page == birth.page and r.y > birth.y), None)  # type: ignore[assignment]
        if row is None or _ends_address(row):
            return None
        spans = row.spans(0, len(row.text))
    spans = _beside(spans)
    left, size = spans[0].left, spans[0].cell.line.height
    # Beside a label in the same line the value's edge is only known from the length of the text: labels are set wide.
    slack = (1.5 if spans[0].start == 0 else 3.5) * size
    lowest, lines = row.y, 1
    for below in document.rows:
        if below.page != row.page or below.y <= row.y:
            continue
        if _ends_address(below) or lines == _ADDRESS_LINES:
            break
        more = [Span(cell, 0, len(cell.text)) for cell in below.cells if cell.line.height > 0.6 * size]
        more = [span for span in more if span.left > left - 1.5 * size]
        if more and abs(more[0].left - left) < slack and more[0].cell.y - lowest < 2.2 * size:
            more = _beside(more)
            spans += more
            left, slack = more[0].left, 1.5 * size
            lowest, lines = more[0].cell.y, lines + 1
    text = re.sub(r"\s", "", "".join(span.text for span in spans))
    # Between characters a dash is the numeral one (长江一路); house numbers have theirs between digits.
    text = re.sub(rf"(?<=[{HAN}])[-—–](?=[{HAN}])", "一", text)
    whole = text.endswith(_ADDRESS_ENDS) or _falls_short(spans)
    return join_fields(spans, row.page, text if whole and start is not None else Guess(text))


def _falls_short(spans: list[Span]) -> bool:
    """Whether the last line leaves room for more: then nothing came after it."""
    rights = [span.right for span in spans]
    ems = (rights[-1] - spans[-1].left) / spans[-1].cell.line.height
    return ems < _FULL_LINE if len(spans) == 1 else rights[-1] < max(rights) - 1.5 * spans[-1].cell.line.height


def _beside(spans: list[Span]) -> list[Span]:
    """The first spans of a line that follow each other without a gap: beyond it stands what is no address."""
    kept = spans[:1]
    for span in spans[1:]:
        if span.left - kept[-1].right > 1.5 * span.cell.line.height:
            break
        kept.append(span)
    return kept


def _ends_address(row: Row) -> bool:
    return bool(re.search(_NUMBER_ROW, row.text) or re.match(_LABELS, row.text))


def _checks(fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    if "id_number" not in fields:
        return ()
    number = fields["id_number"].value
    checks = number_checks(number, today)
    identity = parse(number)
    if identity is None:
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
