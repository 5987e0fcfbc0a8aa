"""An income certificate (收入证明): a letter, so its sentences are read across line breaks."""

import re
from collections.abc import Callable
from datetime import date

from portal.domain.identity import IdNumber, InvalidIdentity
from portal.domain.money import capital_yuan
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document, Placed, join_fields
from workers.ocr.normal import DATE, ID_NUMBER, fen, id_number, iso_date, person_name, words
from workers.ocr.reading import Check, Field

_FIGURES = r"¥?\s*(\d[\d,]*(?:\.\d{1,2})?)\s*元"
_CAPITALS = r"(?:人民币)?\s*([零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正]{3,})"


def _read(document: Document, today: date) -> Facts:
    letter = _Letter(document)
    fields = found(
        name=letter.find(
            r"兹证明\s*(?:我单位|我司|本公司)?\s*(?:员工)?\s*([㐀-鿿·]{2,12}?)(?:先生|女士|同志|[,(:]|系|为)",
            person_name,
        ),
        id_number=letter.find(f"({ID_NUMBER})", id_number),
        employer=letter.find(r"(?:单位名称|公司名称|单位)\s*(?:\(盖章\)|\(公章\))?:\s*([^\n(]{2,40})", words),
        monthly_income=letter.find(rf"月(?:均)?收入[^\d\n]{{0,14}}?{_FIGURES}", fen),
        amount_in_words=letter.find(rf"大写\s*\)?:?\s*{_CAPITALS}", words),
        issued_on=_last_date(letter),
    )
    return Facts(fields, _checks(fields, today))


class _Letter:
    """The sheet as running text: rows follow each other without a break, save where a line ends short of the margin."""

    def __init__(self, document: Document) -> None:
        self.text = ""
        self._cells: list[tuple[int, Placed, int]] = []
        for row in document.rows:
            for cell in row.cells:
                self._cells.append((len(self.text), cell, row.page))
                self.text += cell.text
            edge = max(c.right for r in document.rows for c in r.cells)
            size = row.cells[-1].line.height
            self.text += "" if row.cells[-1].right > edge - 6 * size and not _closes(row.text) else "\n"

    def find(self, pattern: str, normal: Callable[[str], str | None]) -> Field | None:
        for match in re.finditer(pattern, self.text):
            value = normal(match[1])
            if value:
                return self._field(*match.span(1), value)
        return None

    def _field(self, start: int, end: int, value: str) -> Field:
        touched = [(cell, page) for at, cell, page in self._cells if at < end and start < at + len(cell.text)]
        # A value broken over two pages keeps to its first.
        page = touched[0][1]
        return join_fields([cell for cell, at in touched if at == page], page, value)


def _closes(text: str) -> bool:
    return text.endswith(("。", ".", ")", "日"))


def _last_date(letter: _Letter) -> Field | None:
    """The date under the signature: the last one that stands at the end of a line."""
    matches = re.findall(rf"({DATE})\s*日?(?=\n|$)", letter.text)
    return letter.find(f"({re.escape(matches[-1])})", iso_date) if matches else None


def _checks(fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    checks = []
    if {"monthly_income", "amount_in_words"} <= fields.keys():
        expected = capital_yuan(int(fields["monthly_income"].value))
        same = _plain_words(fields["amount_in_words"].value) == _plain_words(expected)
        checks.append(
            Check("amount_in_words", same, "error", "大小写金额一致", "The amount in figures is the one in words")
        )
    if "id_number" in fields:
        try:
            valid = bool(IdNumber.parse(fields["id_number"].value))
        except InvalidIdentity:
            valid = False
        checks.append(Check("id_checksum", valid, "error", "身份证号有效", "The ID number is valid"))
    if "issued_on" in fields:
        checks.append(recent(fields["issued_on"].value, today))
    return tuple(checks)


def _plain_words(text: str) -> str:
    return text.removeprefix("人民币").replace("圆", "元").rstrip("整正")


KIND = Kind(
    "income_certificate",
    {"(?:收入|在职|工作)证明": 0.7, "兹证明": 0.5, "特此证明": 0.4, "月(?:均)?收入|年收入": 0.3},
    _read,
)
