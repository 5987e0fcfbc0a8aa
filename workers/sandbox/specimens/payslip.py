"""A payslip: pairs of label and amount in a ruled table, for the month before `as_of`."""

from dataclasses import dataclass
from datetime import date, timedelta

from PIL import Image

from portal.domain.clock import today
from workers.sandbox.specimens.drawing import INK, Page, yuan
from workers.sandbox.specimens.person import Person


@dataclass(frozen=True, slots=True)
class Pay:
    """One month's pay in fen."""

    gross_fen: int
    pension_fen: int
    medical_fen: int
    unemployment_fen: int
    fund_fen: int
    tax_fen: int

    @property
    def deductions_fen(self) -> int:
        return self.pension_fen + self.medical_fen + self.unemployment_fen + self.fund_fen + self.tax_fen

    @property
    def net_fen(self) -> int:
        return self.gross_fen - self.deductions_fen


def pay_of(person: Person) -> Pay:
    """Employee's shares: pension 8 %, medical 2 %, unemployment 0.5 %, fund 7 %; tax at the first bracket's 3 %."""
    gross = person.monthly_income_fen
    pension, medical, unemployment, fund = (gross * bp // 10_000 for bp in (800, 200, 50, 700))
    taxable = max(0, gross - pension - medical - unemployment - fund - 500_000)
    return Pay(gross, pension, medical, unemployment, fund, taxable * 3 // 100)


def render_payslip(person: Person, as_of: date | None = None) -> Image.Image:
    """1500 × 980 px."""
    pay = pay_of(person)
    month = (as_of or today()).replace(day=1) - timedelta(days=1)
    base = pay.gross_fen * 70 // 100
    bonus = pay.gross_fen * 22 // 100
    page = Page(1500, 980)
    page.text(750, 80, person.employer, 44, bold=True, anchor="mm")
    page.text(750, 145, f"{month.year}年{month.month}月工资条", 38, bold=True, anchor="mm")
    rows = [
        ["姓名", person.name, "部门", "综合部"],
        ["工号", f"A{int(person.id_number[-5:-1]):05d}", "出勤天数", "22"],
        ["基本工资", yuan(base), "养老保险", yuan(pay.pension_fen)],
        ["绩效奖金", yuan(bonus), "医疗保险", yuan(pay.medical_fen)],
        ["岗位津贴", yuan(pay.gross_fen - base - bonus), "失业保险", yuan(pay.unemployment_fen)],
        ["其他", "0.00", "住房公积金", yuan(pay.fund_fen)],
        ["应发工资", yuan(pay.gross_fen), "个人所得税", yuan(pay.tax_fen)],
        ["扣款合计", yuan(pay.deductions_fen), "实发工资", yuan(pay.net_fen)],
    ]
    bottom = page.grid(200, [90, 380, 750, 1060, 1410], rows, height=78, size=34, head=False)
    page.text(100, bottom + 60, f"发放日期：{month:%Y-%m-%d}", 30, fill=INK)
    return page.finish((1060, bottom + 60), 34)
