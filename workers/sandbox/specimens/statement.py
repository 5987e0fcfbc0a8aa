"""A bank statement: pages of dated rows whose balances run on, with the salary coming in each month."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from portal.domain.clock import today
from portal.domain.money import add_months
from workers.sandbox.specimens.drawing import Page, yuan
from workers.sandbox.specimens.payslip import pay_of
from workers.sandbox.specimens.person import Person

_ROWS_A_PAGE = 26
_SPENDING = (
    "消费 超市",
    "消费 餐饮",
    "转账 支出",
    "水电费",
    "话费充值",
    "房租",
    "快捷支付",
    "ATM取款",
    "地铁出行",
    "网上购物",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row; money out is negative, both amounts in fen."""

    day: date
    summary: str
    amount_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The account's rows in order of time."""

    person: Person
    account: str
    entries: tuple[Entry, ...]


def make_statement(person: Person, months: int = 6, as_of: date | None = None) -> Statement:
    """The last `months` full months: one salary and 8–11 other movements each."""
    rng = random.Random(person.id_number)  # noqa: S311 - reproducible specimens, not secrets
    first = add_months((as_of or today()).replace(day=1), -months)
    balance = rng.randint(200_000, 3_000_000)
    net = pay_of(person).net_fen
    entries: list[Entry] = []
    for index in range(months):
        start = add_months(first, index)
        last = (add_months(start, 1) - timedelta(days=1)).day
        days = [rng.randint(1, last) for _ in range(rng.randint(8, 11))]
        moves = [(day, rng.choice(_SPENDING), -rng.randint(800, max(900, net // 12))) for day in days]
        moves.append((10, "代发工资", net))
        for day, summary, amount in sorted(moves):
            if balance + amount < 0:
                balance += 500_000
                entries.append(Entry(start.replace(day=day), "转账 收入", 500_000, balance))
            balance += amount
            entries.append(Entry(start.replace(day=day), summary, amount, balance))
    account = f"6217 **** **** {rng.randint(1000, 9999)}"
    return Statement(person, account, tuple(entries))


def render_statement(statement: Statement) -> list[Image.Image]:
    """A4 pages of 1240 × 1754 px."""
    entries, sheets = statement.entries, []
    total = -(-len(entries) // _ROWS_A_PAGE)
    for number in range(total):
        page = Page(1240, 1754)
        page.text(620, 90, "江城商业银行 个人账户交易明细", 44, bold=True, anchor="mm")
        page.text(80, 170, f"户名：{statement.person.name}", 30)
        page.text(640, 170, f"账号：{statement.account}", 30)
        page.text(80, 220, f"起止日期：{entries[0].day:%Y-%m-%d} 至 {entries[-1].day:%Y-%m-%d}", 30)
        page.text(900, 220, "币种：人民币", 30)
        rows = [["交易日期", "摘要", "交易金额", "账户余额"]]
        rows += [
            [
                f"{e.day:%Y-%m-%d}",
                e.summary,
                f"{'+' if e.amount_fen > 0 else ''}{yuan(e.amount_fen)}",
                yuan(e.balance_fen),
            ]
            for e in entries[number * _ROWS_A_PAGE : (number + 1) * _ROWS_A_PAGE]
        ]
        page.grid(270, [80, 330, 640, 900, 1160], rows, height=50, size=28, head=True)
        page.text(620, 1690, f"第 {number + 1} 页 共 {total} 页", 26, anchor="mm")
        sheets.append(page.finish((80, 1690), 30))
    return sheets


def to_pdf(pages: list[Image.Image], path: Path | None = None) -> bytes:
    """The pages as a PDF of 150 dpi pictures; also written to `path` when given."""
    buffer = BytesIO()
    pages[0].save(buffer, "PDF", resolution=150, save_all=True, append_images=pages[1:], quality=88)
    if path is not None:
        path.write_bytes(buffer.getvalue())
    return buffer.getvalue()
