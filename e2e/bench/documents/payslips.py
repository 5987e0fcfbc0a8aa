"""Payslips as employers hand them out: ruled pairs, one wide row of a printed table, a slip, an app's screen."""

from dataclasses import dataclass
from datetime import date
from random import Random

from e2e.bench.documents.people import Figures, choose_figures, normal
from e2e.bench.documents.phone_screen import PhoneScreen
from e2e.bench.documents.sheet import Sheet, choose_face
from workers.sandbox.specimens.drawing import RULE, Colour
from workers.sandbox.specimens.person import Person

_GROSS = ("应发工资", "应发合计", "应发金额", "应发总额")
_DEDUCTIONS = ("扣款合计", "扣除合计", "应扣合计", "代扣合计")
_NET = ("实发工资", "实发合计", "实发金额", "实付工资", "到手工资")
_DEPARTMENTS = ("综合部", "研发中心", "市场部", "生产一车间", "财务部", "客户服务部", "采购部")


@dataclass(frozen=True, slots=True)
class Pay:
    """A month's items in fen; earnings less deductions is net."""

    month: date
    earnings: dict[str, int]
    deductions: dict[str, int]
    labels: tuple[str, str, str]
    figures: Figures

    @property
    def gross(self) -> int:
        return sum(self.earnings.values())

    @property
    def deducted(self) -> int:
        return sum(self.deductions.values())

    @property
    def net(self) -> int:
        return self.gross - self.deducted

    def truth(self, person: Person) -> dict[str, str]:
        """In the reader's normal forms."""
        return {
            "name": person.name, "employer": normal(person.employer), "period": f"{self.month:%Y-%m}",
            "gross_pay": str(self.gross), "deductions": str(self.deducted), "net_pay": str(self.net),
        }  # fmt: skip


def make_pay(person: Person, as_of: date, rng: Random) -> Pay:
    """Items that add up to the person's income."""
    gross = person.monthly_income_fen
    names = rng.sample(
        ("岗位津贴", "绩效奖金", "餐补", "交通补贴", "加班工资", "住房补贴", "工龄工资"), rng.randint(2, 4)
    )
    earnings, rest = {"基本工资": gross * rng.randint(52, 80) // 100}, 0
    rest = gross - earnings["基本工资"]
    for name in names[:-1]:
        part = rest * rng.randint(20, 60) // 100
        earnings[name], rest = part, rest - part
    earnings[names[-1]] = rest
    shares = {"养老保险": 800, "医疗保险": 200, "失业保险": 50, "住房公积金": rng.choice((500, 700, 1000, 1200))}
    deductions = {name: gross * bp // 10_000 for name, bp in shares.items()}
    deductions["个人所得税"] = max(0, gross - sum(deductions.values()) - 500_000) * 3 // 100
    labels = (rng.choice(_GROSS), rng.choice(_DEDUCTIONS), rng.choice(_NET))
    return Pay(as_of.replace(day=1), earnings, deductions, labels, choose_figures(rng, exact=rng.random() < 0.8))


def draw_payslip(person: Person, as_of: date, rng: Random) -> tuple[Sheet, dict[str, str], str]:
    """The sheet, its truth and the name of its layout; `screen` is a screenshot, not paper."""
    pay = make_pay(person, as_of, rng)
    layout = rng.choice(("pairs", "pairs", "wide", "wide", "slip", "screen"))
    draw = {"pairs": _pairs, "wide": _wide, "slip": _slip, "screen": _screen}[layout]
    return draw(person, pay, rng), pay.truth(person), layout


def _pairs(person: Person, pay: Pay, rng: Random) -> Sheet:
    sheet = Sheet(1654, 1160, choose_face(rng))
    title = rng.choice(("工资条", "工资单", "薪资单"))
    sheet.text(827, 84, person.employer, 50, bold=True, anchor="mm", field="employer")
    heading = f"{pay.month.year}年{pay.month.month}月{title}"
    sheet.text(827, 160, heading, 42, bold=rng.random() < 0.5, anchor="mm", field="period")
    gross, deducted, net = pay.labels
    left = [("姓名", person.name, "name"), ("工号", f"{rng.randrange(10**5):05d}", "")]
    left += [(name, pay.figures(fen), "") for name, fen in pay.earnings.items()]
    right = [("部门", rng.choice(_DEPARTMENTS), ""), ("出勤天数", str(rng.randint(19, 23)), "")]
    right += [(name, pay.figures(fen), "") for name, fen in pay.deductions.items()]
    while len(left) != len(right):
        min(left, right, key=len).append(("其他", pay.figures(0), ""))
    left += [(gross, pay.figures(pay.gross), "gross_pay"), ("", "", "")]
    right += [(deducted, pay.figures(pay.deducted), "deductions"), (net, pay.figures(pay.net), "net_pay")]
    columns = [90.0, 400.0, 827.0, 1150.0, 1564.0]
    height, top, size = 76.0, 220.0, rng.randint(33, 38)
    to_the_right = rng.random() < 0.6
    for index, pair in enumerate(zip(left, right, strict=True)):
        y = top + index * height
        sheet.draw.line((columns[0], y, columns[-1], y), fill=RULE, width=3)
        for side, (label, value, field) in enumerate(pair):
            sheet.text(columns[side * 2] + 20, y + height / 2, label, size)
            at, anchor = (columns[side * 2 + 2] - 24, "rm") if to_the_right else (columns[side * 2 + 1] + 24, "lm")
            sheet.text(at, y + height / 2, value, size, anchor=anchor, field=field)
    bottom = top + len(left) * height
    sheet.draw.line((columns[0], bottom, columns[-1], bottom), fill=RULE, width=3)
    for x in columns:
        sheet.draw.line((x, top, x, bottom), fill=RULE, width=3)
    if bottom + 60 < sheet.height:
        sheet.text(100, bottom + 60, f"发放日期：{pay.month:%Y-%m}-{rng.randint(25, 28)}", 32)
    sheet.mark(1180, min(bottom + 60, sheet.height - 40), 36)
    return sheet


def _wide(person: Person, pay: Pay, rng: Random) -> Sheet:
    """One header row over one row of values, as cut from a spreadsheet."""
    gross, deducted, net = pay.labels
    named = rng.random() < 0.8
    cells: list[tuple[str, str, str]] = [] if named else [("月份", f"{pay.month:%Y-%m}", "period")]
    cells += [("工号", str(rng.randrange(100, 9999)), ""), ("姓名", person.name, "name")]
    cells += [(name, pay.figures(fen), "") for name, fen in pay.earnings.items()]
    cells.append((gross, pay.figures(pay.gross), "gross_pay"))
    cells += [(name.removesuffix("保险"), pay.figures(fen), "") for name, fen in pay.deductions.items()]
    cells += [(deducted, pay.figures(pay.deducted), "deductions"), (net, pay.figures(pay.net), "net_pay")]
    face, size = choose_face(rng), rng.randint(28, 31)
    probe = Sheet(8, 8, face)
    widths = [max(probe.measure(label, size, bold=True), probe.measure(value, size)) + 34 for label, value, _ in cells]
    sheet = Sheet(int(sum(widths)) + 120, rng.randint(560, 760), face)
    sheet.text(sheet.width / 2, 84, person.employer, 46, bold=True, anchor="mm", field="employer")
    if named:
        heading = f"{pay.month.year}年{pay.month.month:02d}月{rng.choice(('工资表', '工资条', '工资单'))}"
    else:
        heading = rng.choice(("员工工资条", "工资明细表"))
    sheet.text(sheet.width / 2, 156, heading, 38, anchor="mm", field="period" if named else "")
    x, top, height = 60.0, 220.0, 74.0
    shaded: Colour = rng.choice(((253, 253, 251), (232, 236, 242), (226, 239, 218), (255, 242, 204)))
    sheet.draw.rectangle((x, top, x + sum(widths), top + height), fill=shaded)
    for (label, value, field), width in zip(cells, widths, strict=True):
        sheet.text(x + width / 2, top + height / 2, label, size, bold=True, anchor="mm")
        sheet.text(x + width / 2, top + height * 1.5, value, size, anchor="mm", field=field)
        for row in (0, 1):
            sheet.draw.rectangle((x, top + row * height, x + width, top + (row + 1) * height), outline=RULE, width=2)
        x += width
    sheet.text(60, top + 2 * height + 56, "制表：人力资源部", 28)
    sheet.mark(sheet.width - 420, top + 2 * height + 56, 32)
    return sheet


def _slip(person: Person, pay: Pay, rng: Random) -> Sheet:
    """A narrow strip with a label and a value a line."""
    gross, deducted, net = pay.labels
    rows: list[tuple[str, str, str]] = [
        ("姓名", person.name, "name"),
        ("所属月份", f"{pay.month.year}年{pay.month.month:02d}月", "period"),
    ]
    rows += [(name, pay.figures(fen), "") for name, fen in pay.earnings.items()]
    rows.append((gross, pay.figures(pay.gross), "gross_pay"))
    rows += [(name, pay.figures(fen), "") for name, fen in pay.deductions.items()]
    rows += [(deducted, pay.figures(pay.deducted), "deductions"), (net, pay.figures(pay.net), "net_pay")]
    size, pitch = rng.randint(34, 40), 66
    sheet = Sheet(960, 300 + pitch * len(rows), choose_face(rng))
    sheet.text(480, 80, person.employer, 42, bold=True, anchor="mm", field="employer")
    sheet.text(480, 150, rng.choice(("工 资 条", "工资条", "薪资条")), 44, bold=True, anchor="mm")
    colon, apart = rng.choice(("：", ":", "")), rng.random() < 0.7
    for index, (label, value, field) in enumerate(rows):
        y = 230 + index * pitch
        sheet.text(90, y, f"{label}{colon}", size)
        sheet.text(870 if apart else 420, y, value, size, anchor="rm" if apart else "lm", field=field)
        if rng.random() < 0.9:
            for x in range(90, 870, 18):
                sheet.draw.line((x, y + pitch / 2, x + 9, y + pitch / 2), fill=(190, 190, 194), width=2)
    sheet.mark(90, sheet.height - 42, 34)
    return sheet


def _screen(person: Person, pay: Pay, rng: Random) -> Sheet:
    """A page of an HR app, as a screenshot."""
    gross, deducted, net = pay.labels
    screen = PhoneScreen(rng, rng.choice(("工资条", "我的工资条", "薪资详情")))
    screen.line(person.employer, field="employer")
    screen.pair("姓名", person.name, "name")
    screen.pair("工资月份", f"{pay.month.year}年{pay.month.month}月", "period")
    screen.large(f"{net}(元)", pay.figures(pay.net), "net_pay")
    screen.section("收入项")
    for name, fen in pay.earnings.items():
        screen.pair(name, pay.figures(fen))
    screen.pair(gross, pay.figures(pay.gross), "gross_pay", strong=True)
    screen.section("扣除项")
    for name, fen in pay.deductions.items():
        screen.pair(name, pay.figures(fen))
    screen.pair(deducted, pay.figures(pay.deducted), "deductions", strong=True)
    return screen.finish()
