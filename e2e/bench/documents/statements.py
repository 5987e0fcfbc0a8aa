"""Bank statements of several banks: their columns, their dates, their ways to print what goes out."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from e2e.bench.documents.people import normal
from e2e.bench.documents.sheet import Sheet, choose_face
from portal.domain.money import add_months
from workers.sandbox.specimens.drawing import RULE, Colour, yuan
from workers.sandbox.specimens.person import Person
from workers.sandbox.specimens.statement import Entry

_BANKS = ("江城商业银行", "云岭银行", "东海农村商业银行", "华安银行", "中汇银行股份有限公司", "南江市民银行")
_TITLES = ("个人账户交易明细", "个人账户交易流水", "账户历史交易明细表", "借记卡账户交易明细清单", "个人活期账户对账单")
_OUT = (
    "消费 超市",
    "跨行转账",
    "水电费",
    "话费充值",
    "房租",
    "快捷支付",
    "ATM取款",
    "地铁出行",
    "网上购物",
    "财付通支付",
    "还款",
    "手续费",
)
_OTHERS = (
    "财付通支付科技",
    "支付宝（中国）网络",
    "王建国",
    "李秀英",
    "国家电网",
    "中国移动",
    "永辉超市",
    "美团平台商户",
)
_LAYOUTS = (
    "date summary amount balance",
    "date amount balance summary other",
    "number date income expense balance summary",
    "date summary expense income balance",
    "date flag amount balance other",
    "date time summary amount balance other",
    "date currency amount balance summary",
)
_HEADS = {
    "date": ("交易日期", "记账日期", "交易时间"),
    "time": ("时间", "交易时刻"), "summary": ("摘要", "交易摘要", "业务摘要"),
    "amount": ("交易金额", "发生额", "交易金额"), "balance": ("账户余额", "余额", "联机余额", "本次余额"),
    "income": ("收入金额", "收入", "存入金额"), "expense": ("支出金额", "支出", "支取金额"), "flag": ("收/支", "借/贷"),
    "other": ("对方户名", "交易对手", "对手信息"), "number": ("序号",), "currency": ("币种", "货币"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """What a bank's printing looks like."""

    columns: tuple[str, ...]
    heads: tuple[str, ...]
    date_format: str
    plus: bool
    ruled: str
    newest_first: bool
    size: int
    pitch: int


def choose_style(rng: Random) -> Style:
    """Columns, heads and form of one bank."""
    columns = tuple(rng.choice(_LAYOUTS).split())
    heads = tuple(rng.choice(_HEADS[column]) for column in columns)
    dates = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d"]
    if "time" not in columns and len(columns) < 6:
        dates.append("%Y-%m-%d %H:%M:%S")
    size = rng.randint(27, 31)
    return Style(
        columns, heads, rng.choice(dates), rng.random() < 0.4, rng.choice(("grid", "grid", "lines", "zebra", "none")),
        rng.random() < 0.3, size, size + rng.randint(26, 34),
    )  # fmt: skip


def draw_statement(
    person: Person, as_of: date, rng: Random, pages: int
) -> tuple[list[Sheet], dict[str, str], tuple[dict[str, str], ...]]:
    """Up to `pages` pages, the truth of their head, and their rows as printed."""
    style, face = choose_style(rng), choose_face(rng)
    first = rng.random() < 0.2
    a_page = rng.randint(14, 24) if first else (1860 // style.pitch)
    entries = _entries(person, as_of, rng, a_page * pages - rng.randint(0, a_page // 2))
    if style.newest_first:
        entries.reverse()
    masked = rng.random() < 0.5
    card = f"6217{rng.randrange(10**15):015d}"
    account = f"{card[:4]}{'*' * 8}{card[-4:]}" if masked else card
    printed = " ".join((account[:4], account[4:8], account[8:12], account[12:])) if rng.random() < 0.5 else account
    days = sorted(entry.day for entry in entries)
    head = [
        (f"{rng.choice(('户名', '账户名称', '客户姓名'))}：", person.name, "name"),
        (f"{rng.choice(('账号', '卡号', '账号'))}：", printed, "account"),
        (
            rng.choice(("起止日期：", "查询区间：", "交易时间段：")),
            f"{days[0]:%Y-%m-%d} {rng.choice(('至', '-', '—', '到'))} {days[-1]:%Y-%m-%d}",
            "",
        ),
        ("币种：", "人民币", ""),
    ]
    title = (rng.choice(_BANKS), rng.choice(_TITLES))
    sheets, rows = [], []
    total = -(-len(entries) // a_page)
    for number in range(total):
        part = entries[number * a_page : (number + 1) * a_page]
        sheet = Sheet(1654, 2339, face)
        sheet.text(827, 100, " ".join(title) if len("".join(title)) < 22 else title[1], 50, bold=True, anchor="mm")
        for index, (label, value, field) in enumerate(head):
            at = sheet.text(100 + 780 * (index % 2), 190 + 58 * (index // 2), label, 34)
            sheet.text(at[2], at[1] + 20.4, value, 34, field=field)
        sheet.rows = len(part)
        rows += _table(sheet, style, part, rng, number * a_page)
        sheet.text(827, 2270, f"第{number + 1}页 共{total}页", 30, anchor="mm")
        sheet.mark(100, 2270, 36)
        sheets.append(sheet)
    truth = {
        "name": person.name,
        "account": account,
        "period_from": days[0].isoformat(),
        "period_to": days[-1].isoformat(),
    }
    return sheets, truth, tuple(rows)


def _entries(person: Person, as_of: date, rng: Random, count: int) -> list[Entry]:
    """The last `count` movements before `as_of`, oldest first, a salary on a day of each month."""
    balance, net = rng.randint(200_000, 6_000_000), person.monthly_income_fen * 80 // 100
    day, payday = as_of - timedelta(days=count * 3), rng.randint(5, 25)
    entries: list[Entry] = []
    while len(entries) < count:
        step = rng.choice((0, 1, 1, 2, 3, 4, 5))
        due = day.replace(day=payday)
        due = due if due > day else add_months(due, 1)
        if due <= day + timedelta(days=step):
            day, summary, amount = due, rng.choice(("代发工资", "工资", "代发工资")), net
        else:
            day += timedelta(days=step)
            incoming = rng.random() < 0.15
            summary = rng.choice(("转账存入", "利息", "退款")) if incoming else rng.choice(_OUT)
            amount = rng.randint(100, 300_000) * (1 if incoming else -1)
        if balance + amount < 0:
            summary, amount = "转账存入", rng.randint(5_000, 20_000) * 100
        balance += amount
        entries.append(Entry(day, summary, amount, balance))
    return entries


def _cells(style: Style, entry: Entry, rng: Random, number: int) -> dict[str, str]:
    amount, out = entry.amount_fen, entry.amount_fen < 0
    clock = time(rng.randrange(24), rng.randrange(60), rng.randrange(60))
    signed = f"{'+' if style.plus and not out else ''}{yuan(amount)}"
    debit = "借" if "借/贷" in style.heads else "支"
    credit = "贷" if "借/贷" in style.heads else "收"
    return {
        "date": datetime.combine(entry.day, clock).strftime(style.date_format),
        "time": clock.isoformat(), "summary": entry.summary, "balance": yuan(entry.balance_fen),
        "amount": yuan(abs(amount)) if "flag" in style.columns else signed,
        "income": "" if out else yuan(amount), "expense": yuan(-amount) if out else "",
        "flag": debit if out else credit, "other": rng.choice(_OTHERS), "number": str(number), "currency": "人民币",
    }  # fmt: skip


def _table(sheet: Sheet, style: Style, entries: list[Entry], rng: Random, before: int) -> list[dict[str, str]]:
    """Draws the rows; their truth in the reader's normal forms. Money out is negative however it is printed."""
    printed = [_cells(style, entry, rng, before + index + 1) for index, entry in enumerate(entries)]
    widths = [
        max(sheet.measure(text, style.size) for text in (head + "　", *(row[column] for row in printed)))
        for column, head in zip(style.columns, style.heads, strict=True)
    ]
    spare = (1654 - 160 - sum(widths)) / len(widths)
    columns = [80.0]
    for width in widths:
        columns.append(columns[-1] + width + spare)
    if spare < 14:
        # Too wide at this size: set smaller, as banks do.
        return _table(sheet, replace(style, size=style.size - 1), entries, rng, before)
    top, pitch = 320.0, float(style.pitch)
    _rules(sheet, style, columns, top, len(entries) + 1)
    money = {"amount", "balance", "income", "expense"}
    for column, head in enumerate(style.heads):
        sheet.text(
            (columns[column] + columns[column + 1]) / 2, top + pitch / 2, head, style.size, bold=True, anchor="mm"
        )
    for index, row in enumerate(printed):
        y = top + (index + 1.5) * pitch
        for column, name in enumerate(style.columns):
            right = name in money
            x = columns[column + 1] - 12 if right else columns[column] + 12
            sheet.text(x, y, row[name], style.size, anchor="rm" if right else "lm", field="rows" if right else "")
    return [
        {
            "date": e.day.isoformat(),
            "amount": str(e.amount_fen),
            "balance": str(e.balance_fen),
            "summary": normal(r["summary"]) if "summary" in style.columns else "",
        }
        for e, r in zip(entries, printed, strict=True)
    ]


def _rules(sheet: Sheet, style: Style, columns: list[float], top: float, rows: int) -> None:
    left, right, pitch = columns[0], columns[-1], style.pitch
    shade: Colour = (240, 243, 247)
    if style.ruled == "zebra":
        for row in range(0, rows, 2):
            sheet.draw.rectangle((left, top + row * pitch, right, top + (row + 1) * pitch), fill=shade)
    if style.ruled in ("grid", "lines"):
        for row in range(rows + 1):
            sheet.draw.line((left, top + row * pitch, right, top + row * pitch), fill=RULE, width=2)
    if style.ruled == "grid":
        for x in columns:
            sheet.draw.line((x, top, x, top + rows * pitch), fill=RULE, width=2)
    if style.ruled == "none":
        sheet.draw.line((left, top + pitch, right, top + pitch), fill=(60, 60, 64), width=3)
