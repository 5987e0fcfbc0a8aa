"""Numbers that identify a person: resident ID (GB 11643-1999), mobile number, bank card (ISO/IEC 7812 Luhn).

Each parser forgives what people type (spaces, hyphens, full-width digits, +86, lower-case x) and raises
`InvalidIdentity` with a public sentence otherwise. Values never appear in exception texts.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.domain.errors import Invalid
from portal.domain.text import N_

Sex = Literal["M", "F"]

LONG_TERM = "long_term"
"""In the place of a card's last day: it never expires (长期)."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_SEPARATORS = re.compile(r"[\s\-－—_.·]+")

# The first two digits of a region code (GB/T 2260): provinces, autonomous regions, municipalities, SARs and Taiwan.
PROVINCES = frozenset(
    (
        *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37"),
        *("41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"),
        *("71", "81", "82", "83"),
    )
)


class InvalidIdentity(Invalid):
    """A number that can't be what it claims to be."""

    def __init__(self, public: str) -> None:
        super().__init__(public=public)


def clean_digits(text: str) -> str:
    """Full-width to half-width, separators removed, upper case."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An 18-character resident identity number whose checksum, province and birth date hold."""

    value: str

    @classmethod
    def parse(cls, text: str) -> "IdNumber":
        """Accept 18 characters; the 15-digit form left use in 2013 (居民身份证法)."""
        value = clean_digits(text)
        if not re.fullmatch(r"[0-9]{17}[0-9X]", value):
            raise InvalidIdentity(N_("身份证号应为 18 位，最后一位可以是 X，请核对。"))
        if check_digit(value[:17]) != value[17]:
            raise InvalidIdentity(N_("身份证号的校验位不对，请对照身份证逐位核对。"))
        if value[:2] not in PROVINCES:
            raise InvalidIdentity(N_("身份证号的前两位不是有效的地区代码，请核对。"))
        try:
            date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
        except ValueError:
            raise InvalidIdentity(N_("身份证号里的出生日期不存在，请核对。")) from None
        return cls(value)

    @property
    def birth_date(self) -> date:
        """Digits 7–14."""
        return date(int(self.value[6:10]), int(self.value[10:12]), int(self.value[12:14]))

    @property
    def sex(self) -> Sex:
        """Digit 17: odd is male, even is female."""
        return "M" if int(self.value[16]) % 2 else "F"

    @property
    def region(self) -> str:
        """The six-digit region code of first registration."""
        return self.value[:6]

    @property
    def masked(self) -> str:
        """First three and last two characters, as banks print it."""
        return f"{self.value[:3]}{'*' * 13}{self.value[-2:]}"


def check_digit(first17: str) -> str:
    """ISO 7064 MOD 11-2 over the first seventeen digits."""
    return _CHECK_DIGITS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def age_on(birth: date, day: date) -> int:
    """Full years; a birthday counts from the day itself (民法典 does the same for limits of age)."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def parse_mobile(text: str) -> str:
    """A mainland mobile number as 11 digits; +86, 0086 and separators are accepted."""
    value = clean_digits(text).removeprefix("+86").removeprefix("0086")
    if len(value) == 13 and value.startswith("86"):
        value = value[2:]
    if not re.fullmatch(r"1[3-9][0-9]{9}", value):
        raise InvalidIdentity(N_("手机号应为 11 位数字，以 1 开头，请核对。"))
    return value


def parse_bank_card(text: str) -> str:
    """A card number of 12–19 digits whose Luhn digit holds."""
    value = clean_digits(text)
    if not re.fullmatch(r"[0-9]{12,19}", value):
        raise InvalidIdentity(N_("银行卡号应为 12 到 19 位数字，请核对。"))
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(value)))
    if sum(d - 9 if d > 9 else d for d in doubled) % 10:
        raise InvalidIdentity(N_("银行卡号校验不通过，请对照卡面逐位核对。"))
    return value


# What keyboards give for the middle dot of a name.
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅", "·"))


def fold_name(name: str) -> str:
    """For comparing two names: NFKC, no spaces, one kind of middle dot, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).translate(_DOTS).casefold()


def parse_name(text: str) -> str:
    """A person's name as on the card: 2–30 Chinese characters with · inside, or Latin letters."""
    value = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().translate(_DOTS)
    if (
        not re.fullmatch(r"[\u3400-\u9fff\U00020000-\U0003ffff]+(·[\u3400-\u9fff]+)*|[A-Za-z][A-Za-z .'·-]*", value)
        or not 2 <= len(value) <= 30
    ):
        raise InvalidIdentity(N_("请填写身份证上的姓名，2 到 30 个字。"))
    return value


def mask_name(name: str) -> str:
    """Family name kept: 陈**."""
    return name[:1] + "*" * max(1, len(name) - 1)


def mask_mobile(mobile: str) -> str:
    """138****1234."""
    return f"{mobile[:3]}****{mobile[-4:]}"


def mask_bank_card(card: str) -> str:
    """Only the last four digits."""
    return f"**** **** **** {card[-4:]}"
