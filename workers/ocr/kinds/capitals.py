"""Amounts in Chinese capitals (支付结算办法 附件一), also as people write them: 圆, 正, 两, lower-case numerals."""

import re

_DIGITS = {
    character: value
    for value, row in enumerate(("零〇O", "壹一", "贰二两贰", "叁三参", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九"))
    for character in row
}
_STEPS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_NUMERALS = "零〇壹贰叁肆伍陆柒捌玖一二两三参四五六七八九拾佰仟万亿十百千"
CAPITALS = rf"(?:人民币\s?)?[{_NUMERALS}][{_NUMERALS}元圆角分整正\s]{{1,30}}"


def capitals_fen(text: str) -> int | None:
    """`人民币壹万贰仟伍佰元整` → 1250000; None when it is no amount."""
    plain = re.sub(r"\s|人民币|整|正", "", text).replace("圆", "元")
    match = re.fullmatch(r"(?:([^元角分]+)元?)?(?:零?([^元角分])角)?(?:零?([^元角分])分)?", plain)
    if match is None or not plain:
        return None
    yuan = _integer(match[1]) if match[1] else 0
    cents = [_DIGITS.get(part) if part else 0 for part in (match[2], match[3])]
    if yuan is None or cents[0] is None or cents[1] is None:
        return None
    return yuan * 100 + cents[0] * 10 + cents[1]


def _integer(text: str) -> int | None:
    total, group, digit = 0, 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _STEPS:
            # 拾元 and 十二 begin without their one.
            group += (digit or (1 if _STEPS[character] == 10 else 0)) * _STEPS[character]
            digit = 0
        elif character == "万":
            group, digit, total = 0, 0, total + (group + digit) * 10_000
        elif character == "亿":
            group, digit, total = 0, 0, (total + group + digit) * 10**8
        else:
            return None
    return total + group + digit
