"""A housing-fund statement: one page of labels and values."""

from datetime import date

from PIL import Image

from portal.domain.clock import today
from portal.domain.money import add_months
from workers.sandbox.specimens.drawing import Page, yuan
from workers.sandbox.specimens.payslip import pay_of
from workers.sandbox.specimens.person import Person


def monthly_deposit_fen(person: Person) -> int:
    """Employee's and employer's shares together."""
    return 2 * pay_of(person).fund_fen


def balance_fen(person: Person) -> int:
    """Forty months of deposits."""
    return 40 * monthly_deposit_fen(person)


def render_fund_statement(person: Person, as_of: date | None = None) -> Image.Image:
    """1400 × 900 px."""
    day = as_of or today()
    paid_to = add_months(day.replace(day=1), -1)
    page = Page(1400, 900)
    page.text(700, 90, "住房公积金个人账户缴存证明", 46, bold=True, anchor="mm")
    rows = [
        ["姓名", person.name, "证件号码", person.id_number],
        ["单位名称", person.employer, "账户状态", "正常"],
        ["缴存基数", yuan(person.monthly_income_fen), "月缴存额", yuan(monthly_deposit_fen(person))],
        ["账户余额", yuan(balance_fen(person)), "缴至年月", f"{paid_to.year}年{paid_to.month:02d}月"],
    ]
    bottom = page.grid(180, [60, 270, 760, 960, 1340], rows, height=100, size=32, head=False)
    page.text(1330, bottom + 90, f"打印日期：{day:%Y-%m-%d}", 30, anchor="rm")
    return page.finish((80, bottom + 90), 34)
