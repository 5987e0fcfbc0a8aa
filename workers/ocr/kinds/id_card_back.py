"""The side of the resident identity card with the emblem: who issued it and how long it is good."""

import re
from dataclasses import replace
from datetime import date

from workers.ocr.kinds.confidence import settle
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.layout import GUESSED, Document, Span, join_fields, label
from workers.ocr.normal import HAN, Guess, iso_date
from workers.ocr.reading import LONG_TERM, Check, Field

# Both dates are printed with two digits for month and day, so a lost point does no harm.
_DAY = r"(?:19|20)\d{2}\s*[-./年·,:]?\s*\d{2}\s*[-./月·,:]?\s*\d{2}"
_TO = r"\s*[-—–~至一.]*\s*"
_FOR_EVER = r"长\s*期"


def _read(document: Document, today: date) -> Facts:
    fields = found(
        authority=_authority(document),
        valid_from=document.find(rf"({_DAY}){_TO}(?:{_DAY}|{_FOR_EVER})", _day),
        valid_to=document.find(rf"{_DAY}{_TO}({_DAY}|{_FOR_EVER})", _day),
    )
    checks = _checks(fields, today)
    outcome = {check.id: check.passed for check in checks}
    both = ("valid_from", "valid_to")
    span = outcome.get("id_validity_span")
    return Facts(settle(fields, both if span else (), both if span is False else ()), checks)


def _day(text: str) -> str | None:
    return LONG_TERM if "长" in text else iso_date(re.sub(r"\D", "", text))


def _authority(document: Document) -> Field | None:
    """Beside its label, or the line that ends in 公安局; a long name runs over two lines."""
    match = next(document.search(label("签发机关") + rf"([{HAN}\s]+)"), None)
    labelled = match is not None
    match = match or next(document.search(rf"(?:^|\s)([{HAN}\s]{{2,}}(?:公\s*安\s*局|分\s*局))(?=\s|$)"), None)
    if match is None:
        return None
    row, hit = match
    spans = row.spans(*hit.span(1))
    if not hit[1].strip().endswith("局"):
        size = row.height
        spans += [
            Span(cell, 0, len(cell.text))
            for below in document.rows
            if below.page == row.page and 0 < below.y - row.y < 2.2 * size
            for cell in below.cells
            if re.fullmatch(rf"[{HAN}\s]*局", cell.text) and abs(cell.left - spans[0].left) < 2 * size
        ]
    text = re.sub(r"\s", "", "".join(span.text for span in spans))
    field = join_fields(spans, row.page, text if text.endswith(("局", "厅", "部")) else Guess(text))
    return field if labelled else replace(field, confidence=min(GUESSED, field.confidence))


def _checks(fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    if not {"valid_from", "valid_to"} <= fields.keys():
        return ()
    start, end = fields["valid_from"].value, fields["valid_to"].value
    checks = [
        Check(
            "id_not_expired",
            start <= today.isoformat() and (end == LONG_TERM or end >= today.isoformat()),
            "error",
            "身份证在有效期内",
            "The card is within its validity",
        )
    ]
    if end != LONG_TERM:
        # 居民身份证法 第五条: 5 years under 16, 10 years under 26, 20 years under 46. A card issued on 29 February
        # ends on 28 February or 1 March.
        years = int(end[:4]) - int(start[:4])
        same_day = end[5:] == start[5:] or (start[5:] == "02-29" and end[5:] in ("02-28", "03-01"))
        checks.append(
            Check(
                "id_validity_span",
                years in (5, 10, 20) and same_day,
                "warning",
                "有效期为五年、十年或二十年",
                "The validity is five, ten or twenty years",
            )
        )
    return tuple(checks)


KIND = Kind(
    "id_card_back",
    {
        "中华人民共和国": 0.2,
        "居民身份证": 0.5,
        "签发机关": 0.6,
        "有效期限": 0.4,
        rf"{_DAY}[-—–~至一]": 0.2,
        "公安局": 0.2,
    },
    _read,
)
