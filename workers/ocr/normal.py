"""Normal forms of what is printed: dates, months, amounts, names. None when the text is not of its kind."""

import re
import unicodedata
from datetime import date

from workers.ocr.reading import LONG_TERM

YEAR = r"(?:19|20)\d{2}"
DATE = rf"{YEAR}\s*[-./年]\s*\d{{1,2}}\s*[-./月]\s*\d{{1,2}}"
COMPACT_DATE = rf"(?<!\d){YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
MONTH = rf"{YEAR}\s*[-./年]\s*\d{{1,2}}(?!\d)|(?<!\d){YEAR}(?:0[1-9]|1[0-2])(?!\d)"
# Blanks may stand in an amount, tabs not: there the next cell begins.
_SIGN = r"[-+−–]? ?(?:人民币|RMB|CNY|[¥Y])? ?[-+−–]? ?"
# Well-formed first; then anything of digits and commas, so that a lost digit is seen instead of cut off.
AMOUNT = (
    rf"{_SIGN}\d+(?:[,.] ?\d{{3}})*(?:[.] ?\d{{1,2}})?(?![,.]?\d|\s?%)"
    rf"|{_SIGN}\d[\d,]*(?:[.,]\d{{1,2}})?(?![,.]?\d|\s?%)"
)
ID_NUMBER = r"(?<!\d)\d(?:\s*\d){16}\s*[\dXx×*](?!\d)"
HAN = "㐀-鿿"
# A lost blank may glue the next label to a name, a title may follow it.
_AFTER_NAME = (
    "部门|工号|账号|账户|卡号|性别|证件|身份|职位|职务|岗位|单位|公司|开户|币种|客户|先生|女士|同志|员工|出生|民族|年龄|"
    "男|女"
)
NAME = (
    rf"[{HAN}](?: ?[{HAN}]){{1,3}}?(?=$|[^{HAN}·•・.]|{_AFTER_NAME})"
    rf"|[{HAN}]{{1,15}}(?: ?[·•・.] ?[{HAN}]{{1,15}})*?(?=$|[^{HAN}·•・]|{_AFTER_NAME})"
)
_NO_NAMES = frozenset(
    """
    姓名 性别 部门 岗位 职务 职位 职级 工号 编号 序号 单位 公司 账号 卡号 户名 证件 证件号码
    证件类型 身份证号 账户 币种 状态 正常 人民币 备注 日期 合计 基本工资 岗位工资 出勤天数 应出勤
    实出勤 月份 银行 开户行 民族 出生 住址 身份证 员工 职工 个人 本人 客户 入职日期 所属部门
    员工编号
    """.split()  # noqa: SIM905 - words read better than a list of quotes
)
_NO_NAME = "工资|薪|证明|明细|日期|金额|缴[存费]|保险|公积金|[账帐][户号]|单位|公司|合计|编号|号码|身份|状态|岗位|部门"


# Older and Japanese forms that look like the simplified one: what is read here is printed by 通用规范汉字表 (2013).
_SAME_LOOK = str.maketrans(
    "黃內呂別戶戸溫沒強眞靑淸敎値卽悅稅脫兌奧槪黒毎増歩徳収査恆爭淨靜冊吿晉涼況沖減卻旣兪渉吳曽瑤尙彥姸幷郞姫愼汚虛喩晩遙搖揺",
    "黄内吕别户户温没强真青清教值即悦税脱兑奥概黑每增步德收查恒争净静册告晋凉况冲减却既俞涉吴曾瑶尚彦妍并郎姬慎污虚喻晚遥摇摇",
)


def plain(text: str) -> str:
    """NFKC, with characters that only look like a simplified one taken for it."""
    return unicodedata.normalize("NFKC", text).translate(_SAME_LOOK)


class Guess(str):
    """A normal form that took a guess: its field is asked, however well its characters were read."""

    __slots__ = ()


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
    """`2025年9月`, `202509` → `2025-09`."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 6:
        parts = [parts[0][:4], parts[0][4:]]
    try:
        year, month = map(int, parts)
        return date(year, month, 1).isoformat()[:7]
    except ValueError:
        return None


def fen(text: str) -> str | None:
    """`12,500.00` or `-¥35.5` → whole fen as text; a sign is kept only when it is a minus.

    A point read for a comma is put right (`12.500.00`); groups that are not of three digits make a guess: a digit may
    be lost.
    """
    cleaned = re.sub(r"[^\d.,+\-−–]", "", text).replace("−", "-").replace("–", "-")
    match = re.fullmatch(r"([+-]*)(\d[\d,.]*?)(?:[.,](\d{1,2}))?", cleaned)
    if match is None:
        return None
    sign, whole, cents = match[1], match[2], match[3] or ""
    groups = re.split("[.,]", whole)
    if len("".join(groups)) > 12:
        return None
    value = int("".join(groups)) * 100 + int(cents.ljust(2, "0"))
    form = f"-{value}" if "-" in sign and value else str(value)
    whole_groups = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    if not whole_groups and "." in whole:
        return None
    pointed = not cents or re.search(r"\.\d{1,2}$", cleaned)
    return form if whole_groups and pointed else Guess(form)


def id_number(text: str) -> str | None:
    """Eighteen characters in capitals, not yet checked."""
    value = re.sub(r"\s", "", text).upper().replace("×", "X").replace("*", "X")
    return value if re.fullmatch(r"\d{17}[\dX]", value) else None


def person_name(text: str) -> str | None:
    """Chinese characters with a middle dot for names of other peoples; blanks set for looks go."""
    value = re.sub(r"[•・.]", "·", re.sub(r"\s", "", text))
    if len(value) < 2 or value in _NO_NAMES or re.search(_NO_NAME, value):
        return None
    return value if re.fullmatch(rf"[{HAN}]{{1,15}}(?:·[{HAN}]{{1,15}})*", value) else None


def words(text: str) -> str | None:
    """Any text without blanks around it."""
    return text.strip() or None


def months_between(earlier: str, later: date) -> int:
    """Full calendar months from an ISO date or month to a day."""
    year, month = int(earlier[:4]), int(earlier[5:7])
    return (later.year - year) * 12 + later.month - month
