"""Housing-fund and social-insurance statements: ruled pairs, months under a head, an app's screen."""

from datetime import date
from random import Random

from e2e.bench.documents.people import choose_figures, normal
from e2e.bench.documents.phone_screen import PhoneScreen
from e2e.bench.documents.sheet import Sheet, choose_face
from portal.domain.money import add_months
from workers.sandbox.specimens.drawing import RULE
from workers.sandbox.specimens.person import Person

_TITLES = ("住房公积金个人账户缴存证明", "住房公积金缴存明细", "个人住房公积金账户清单")


def draw_fund(person: Person, as_of: date, rng: Random) -> tuple[Sheet, dict[str, str], str]:
    """The sheet, its truth and the layout's name; `screen` is a screenshot, not paper."""
    base = person.monthly_income_fen // 100 * 100
    deposit = 2 * (base * rng.choice((500, 700, 800, 1000, 1200)) // 10_000)
    paid_to = add_months(as_of.replace(day=1), -1)
    truth = {
        "name": person.name, "id_number": person.id_number, "employer": normal(person.employer), "base": str(base),
        "monthly_deposit": str(deposit), "balance": str(deposit * rng.randint(6, 90)), "paid_to": f"{paid_to:%Y-%m}",
    }  # fmt: skip
    layout = rng.choice(("pairs", "pairs", "insurance", "screen"))
    draw = {"pairs": _pairs, "insurance": _insurance, "screen": _screen}[layout]
    return draw(person, truth, paid_to, rng), truth, layout


def _pairs(person: Person, truth: dict[str, str], paid_to: date, rng: Random) -> Sheet:
    figures = choose_figures(rng, exact=True)
    sheet = Sheet(1654, rng.choice((1000, 1240)), choose_face(rng))
    sheet.text(827, 100, rng.choice(_TITLES), 54, bold=True, anchor="mm")
    until = rng.choice((f"{paid_to:%Y-%m}", f"{paid_to.year}年{paid_to.month:02d}月"))
    cells = [
        ("姓名", person.name, "name"), ("证件号码", person.id_number, "id_number"),
        ("单位名称", person.employer, "employer"), ("账户状态", "正常", ""),
        ("缴存基数", figures(int(truth["base"])), "base"),
        ("月缴存额", figures(int(truth["monthly_deposit"])), "monthly_deposit"),
        ("账户余额", figures(int(truth["balance"])), "balance"), ("缴至年月", until, "paid_to"),
    ]  # fmt: skip
    columns, top, height, size = [70, 290, 880, 1100, 1584], 200, 104, 36
    for index, (label, value, field) in enumerate(cells):
        row, side = divmod(index, 2)
        y = top + row * height
        for edge in (0, 1):
            left, right = columns[side * 2 + edge], columns[side * 2 + edge + 1]
            sheet.draw.rectangle((left, y, right, y + height), outline=RULE, width=3)
        sheet.text(columns[side * 2] + 22, y + height / 2, label, size)
        fitting = size
        while sheet.measure(value, fitting) > columns[side * 2 + 2] - columns[side * 2 + 1] - 30:
            fitting -= 1
        sheet.text(columns[side * 2 + 1] + 18, y + height / 2, value, fitting, field=field)
    bottom = top + 4 * height
    sheet.text(1570, bottom + 90, f"打印日期：{paid_to:%Y-%m}-28", 34, anchor="rm")
    sheet.text(80, bottom + 90, f"{person.employer[:2]}住房公积金管理中心", 34)
    sheet.mark(80, bottom + 170, 38)
    return sheet


def _insurance(person: Person, truth: dict[str, str], paid_to: date, rng: Random) -> Sheet:
    """Months under a head; the newest month is what it is paid to. It names neither deposit nor balance."""
    for absent in ("monthly_deposit", "balance"):
        del truth[absent]
    figures = choose_figures(rng, exact=True)
    base = int(truth["base"])
    sheet = Sheet(1654, 1900, choose_face(rng))
    sheet.text(
        827,
        110,
        rng.choice(("社会保险个人参保缴费证明", "社会保险缴费明细", "城镇职工社会保险参保证明")),
        54,
        bold=True,
        anchor="mm",
    )
    lines = (("姓名：", person.name, "name", 100), ("社会保障号码：", person.id_number, "id_number", 780))
    for label, value, field, x in lines:
        sheet.text(sheet.text(x, 220, label, 36)[2], 220, value, 36, field=field)
    sheet.text(sheet.text(100, 284, "参保单位：", 36)[2], 284, person.employer, 36, field="employer")
    sheet.text(sheet.text(100, 348, "缴费基数：", 36)[2], 348, figures(base), 36, field="base")
    sheet.text(
        sheet.text(780, 348, "缴至年月：", 36)[2], 348, f"{paid_to.year}年{paid_to.month:02d}月", 36, field="paid_to"
    )
    columns, top, pitch = [100, 360, 700, 1000, 1300, 1554], 420, 70
    heads = ("缴费年月", "缴费基数", "养老个人", "医疗个人", "失业个人")
    months = [add_months(paid_to, -index) for index in range(rng.randint(6, 12))]
    rows = [heads] + [(f"{m:%Y-%m}", *(figures(base * bp // 10_000) for bp in (10_000, 800, 200, 50))) for m in months]
    for index, row in enumerate(rows):
        y = top + index * pitch
        for column, text in enumerate(row):
            sheet.draw.rectangle((columns[column], y, columns[column + 1], y + pitch), outline=RULE, width=2)
            sheet.text(columns[column] + 20, y + pitch / 2, text, 32, bold=index == 0)
    sheet.mark(100, top + len(rows) * pitch + 80, 38)
    return sheet


def _screen(person: Person, truth: dict[str, str], paid_to: date, rng: Random) -> Sheet:
    figures = choose_figures(rng, exact=True)
    screen = PhoneScreen(rng, rng.choice(("住房公积金账户明细", "公积金账户明细")))
    screen.large("账户余额(元)", figures(int(truth["balance"])), "balance")
    screen.pair("姓名", person.name, "name")
    screen.pair("证件号码", person.id_number, "id_number")
    screen.pair("缴存单位", person.employer, "employer")
    screen.section("缴存信息")
    screen.pair("缴存基数", figures(int(truth["base"])), "base")
    screen.pair("月缴存额", figures(int(truth["monthly_deposit"])), "monthly_deposit")
    screen.pair("缴至年月", f"{paid_to:%Y-%m}", "paid_to")
    screen.pair("账户状态", "正常")
    return screen.finish()
