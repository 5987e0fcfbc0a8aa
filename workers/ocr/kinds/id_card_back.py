"""The side of the resident identity card with the emblem: who issued it and how long it is good."""

import re
from datetime import date

from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.layout import Document, label
from workers.ocr.normal import DATE, iso_date
from workers.ocr.reading import LONG_TERM, Check, Field

_TO = r"\s*[-—–~至一]+\s*"
_PERIOD = rf"({DATE}){_TO}"


def _read(document: Document, today: date) -> Facts:
    fields = found(
        authority=document.find(label("签发机关") + r"([㐀-鿿\s]+)", lambda text: re.sub(r"\s", "", text)),
        valid_from=document.find(_PERIOD, iso_date),
        valid_to=document.find(rf"{DATE}{_TO}({DATE}|长\s*期)", iso_date),
    )
    return Facts(fields, _checks(fields, today))


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
        same_day = end[5:] == start[5:] or start[5:] == "02-29"
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
    "id_card_back", {"中华人民共和国": 0.2, "居民身份证": 0.5, "签发机关": 0.6, "有效期限": 0.4, f"{DATE}-": 0.2}, _read
)
