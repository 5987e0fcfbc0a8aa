"""The rows of a bank statement: their signs, and which of them the balances confirm."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from workers.ocr.kinds.confidence import settle
from workers.ocr.layout import GUESSED, Document, Row, Span, join_fields
from workers.ocr.normal import DATE, Guess, fen, iso_date
from workers.ocr.reading import Field
from workers.ocr.table import MONEY, Entry, Heading, find_headings, read_entries

# What the banks write over their columns; earlier names take their words before later ones.
COLUMNS = {
    "balance": "(?:账户|本次|交易后|当前|联机|可用|帐户|活期|交易)?余额|结余|[Bb]alance",
    "inflow": "(?:收入|存入|贷方|转入|收方)(?:金额|发生额|额)?(?:\\(贷\\))?(?!/)",
    "outflow": "(?<!/)(?:支出|支取|借方|转出|付方|取出)(?:金额|发生额|额)?(?:\\(借\\))?",
    "amount": "(?:收入/支出|收/支|交易|发生|记账|入账|人民币)金额|发生额|交易额|金额|Amount",
    "direction": "借贷标志|借贷方向|收支类型|收支方向|收支标志|收/支(?:/其他)?|借/贷|借贷|收支|(?<=\\s)方向",
    "date": "交易日期|记账日期|入账日期|交易时间|记账日|交易日|日期|Date",
    "time": "(?<!交易)时间",
    "party_account": "对方(?:账号|卡号|账户)(?:/卡号)?",
    "party": "对方户名|对方姓名|对方名称|对手信息|交易对方|对方信息|对手方|收/付款方|[Cc]ounter ?[Pp]arty",
    "summary": "交易摘要|业务摘要|摘要|商品说明|交易说明|交易名称|业务类型|交易分类",
    "remark": "备注|附言|用途|交易类型|商品|Transaction Type",
    "other": "(?<!对方)账号|卡号|序号|流水号|凭证|币种|币别|货币|钞汇|地点|场所|网点|渠道|柜员|储种|应用号|地区|单号",
}
_MONEY_COLUMNS = frozenset({"balance", "amount", "inflow", "outflow"})
_SUMMARY = ("summary", "remark")
_TOTALS = r"小\s*计|合\s*计|总\s*计|承前页|过次页|[期页]初余额|[期页]末余额|上[期页]余额|本页"
_OUT, _IN = "借支出付取", "贷收入存"


@dataclass(frozen=True, slots=True)
class Movement:
    """One row; `signed` says whether its sign was printed, in whatever form, rather than lost.

    `follows` says whether the balance before and the amount give the balance; None where there is none before it.
    """

    day: Field
    summary: Field | None
    amount: Field
    balance: Field | None
    signed: bool
    follows: bool | None = None

    def fields(self) -> dict[str, Field]:
        """The row as it is kept."""
        named = {"date": self.day, "summary": self.summary, "amount": self.amount, "balance": self.balance}
        return {name: value for name, value in named.items() if value is not None}


def read_movements(document: Document) -> tuple[Movement, ...]:
    """All rows of all pages in the order printed, on the common scale of confidence."""
    movements: list[Movement] = []
    headings: list[Heading] = []
    for page in sorted({row.page for row in document.rows}):
        rows = [row for row in document.rows if row.page == page]
        first, own = _head(rows)
        headings = own or headings
        if not headings:
            continue
        body = [row for row in rows[first:] if not (re.search(_TOTALS, row.text) and not re.match(DATE, row.text))]
        entries = read_entries(body, headings, _MONEY_COLUMNS)
        movements += [movement for entry in entries if (movement := _movement(entry)) is not None]
    return _confirmed(movements)


def _head(rows: Sequence[Row]) -> tuple[int, list[Heading]]:
    """The row after the headings, and the headings; a head of two storeys is two rows without an amount."""
    for index, row in enumerate(rows):
        headings = find_headings(row, COLUMNS)
        names = {heading.name for heading in headings}
        if len(names) < 3 or not names & _MONEY_COLUMNS or re.search(rf"{MONEY}|{DATE}", row.text):
            continue
        after = index + 1
        if after < len(rows) and not re.search(rf"{MONEY}|{DATE}|\d{{8}}", rows[after].text):
            more = [heading for heading in find_headings(rows[after], COLUMNS) if heading.name not in names]
            headings = sorted(headings + more, key=lambda heading: heading.left)
        return after, headings
    return 0, []


def _movement(entry: Entry) -> Movement | None:
    day = iso_date(entry.day)
    amount, signed = _amount(entry)
    if day is None or amount is None:
        return None
    balance = entry.amounts.get("balance")
    value = fen(balance.text) if balance else None
    return Movement(
        _field(entry, [entry.date], day if entry.day == entry.date.text else Guess(day)),
        _summary(entry),
        amount,
        _field(entry, [balance], value) if balance and value else None,
        signed,
    )


def _field(entry: Entry, spans: Sequence[Span], value: str) -> Field:
    return join_fields(spans, entry.page, value)


def _summary(entry: Entry) -> Field | None:
    for name in _SUMMARY:
        spans = sorted(entry.words.get(name, ()), key=lambda span: (round(span.cell.y), span.left))
        spans = [span for span in spans if not re.fullmatch(r"[\d:]+", span.text)]
        if spans:
            return _field(entry, spans, " ".join(span.text for span in spans))
    return None


def _amount(entry: Entry) -> tuple[Field | None, bool]:
    """Signed: by its own sign, by its column, or by the word for its direction. Unsigned it stays as money in."""
    for name, sign in (("outflow", "-"), ("inflow", "")):
        span = entry.amounts.get(name)
        value = fen(span.text) if span else None
        if span and value and int(value):
            plain = value.lstrip("-") if sign else value
            # Money taken back is printed with a minus in its own column.
            negative = value.startswith("-") and not sign
            return _field(entry, [span], _like(value, plain if negative else sign + plain)), True
    span = entry.amounts.get("amount")
    value = fen(span.text) if span else None
    if span is None or value is None:
        return None, False
    if re.search(r"[-+−–]", span.text):
        return _field(entry, [span], value), True
    direction = "".join(word.text for word in entry.words.get("direction", ()))
    if any(character in direction for character in _OUT):
        return _field(entry, [span], _like(value, f"-{value}")), True
    return _field(entry, [span], value), any(character in direction for character in _IN)


def _like(form: str, value: str) -> str:
    return Guess(value) if isinstance(form, Guess) else value


def _confirmed(movements: Sequence[Movement]) -> tuple[Movement, ...]:
    """Signs that were not printed taken from the balances, and every row held against the balance before it."""
    newest_first = _fits(movements[::-1]) > _fits(movements)
    ordered = list(movements[::-1] if newest_first else movements)
    # A column that prints no sign at all leaves it to the balances; where others have one, this one's was lost.
    lost = any(movement.signed for movement in ordered)
    for index in range(1, len(ordered)):
        before, after = ordered[index - 1].balance, ordered[index].balance
        if before is None or after is None:
            continue
        step, amount = int(after.value) - int(before.value), int(ordered[index].amount.value)
        if not ordered[index].signed and step == -amount:
            turned = replace(ordered[index].amount, value=str(step))
            sure = replace(turned, confidence=min(GUESSED, turned.confidence)) if lost else turned
            ordered[index] = replace(ordered[index], amount=sure)
            amount = step
        ordered[index] = replace(ordered[index], follows=step == amount)
    settled = [_settled(ordered, index) for index in range(len(ordered))]
    return tuple(settled[::-1] if newest_first else settled)


def _fits(ordered: Sequence[Movement]) -> int:
    """How many balances follow from the one before, whatever the sign."""
    return sum(
        abs(int(after.balance.value) - int(before.balance.value)) == abs(int(after.amount.value))
        for before, after in pairwise(ordered)
        if before.balance and after.balance
    )


def _settled(ordered: Sequence[Movement], index: int) -> Movement:
    """A balance is confirmed by the row itself or the next; an amount by its own row."""
    movement = ordered[index]
    following = ordered[index + 1].follows if index + 1 < len(ordered) else None
    lost_sign = movement.amount.confidence <= GUESSED
    agreed = {"balance"} if movement.follows or following else set()
    if movement.follows and not lost_sign:
        agreed.add("amount")
    doubted = {"amount", "balance"} if movement.follows is False else set()
    if movement.follows is False and following:
        doubted.discard("balance")
    fields = settle(movement.fields(), agreed, doubted)
    return replace(
        movement,
        day=fields["date"],
        summary=fields.get("summary"),
        amount=fields["amount"],
        balance=fields.get("balance"),
    )
