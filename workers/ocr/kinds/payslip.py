"""A payslip (工资条): labels with their amounts beside them."""

from datetime import date

from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document, label
from workers.ocr.normal import AMOUNT, MONTH, fen, iso_month, person_name
from workers.ocr.reading import Check, Field

_MONEY = f"({AMOUNT})"


def _read(document: Document, today: date) -> Facts:
    fields = found(
        name=document.find(label("姓名|员工姓名") + r"([㐀-鿿·]+)", person_name),
        employer=document.find(r"([^\t::]{2,40}(?:公司|集团|中心|学校|医院|事务所|银行|厂|局|部|院|店))(?:\t|$|\s|\()"),
        period=document.find(rf"({MONTH})\s*月?(?:份)?[^\t\d]{{0,8}}(?:工资|薪)", iso_month)
        or document.find(label("工资月份|所属月份|工资期间") + f"({MONTH})", iso_month)
        or document.find(label("发放日期|发薪日期") + f"({MONTH})", iso_month),
        gross_pay=document.find(label("应发工资|应发合计|应发金额|应发总额|应付工资") + _MONEY, fen),
        deductions=document.find(label("扣款合计|扣除合计|应扣合计|代扣合计") + _MONEY, fen),
        net_pay=document.find(label("实发工资|实发合计|实发金额|实付工资|到手工资") + _MONEY, fen),
    )
    return Facts(fields, _checks(fields, today))


def _checks(fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    checks = []
    if {"gross_pay", "net_pay"} <= fields.keys():
        gross, net = int(fields["gross_pay"].value), int(fields["net_pay"].value)
        deductions = int(fields["deductions"].value) if "deductions" in fields else None
        adds_up = net <= gross if deductions is None else gross - deductions == net
        checks.append(Check("pay_adds_up", adds_up, "error", "应发减扣款等于实发", "Gross less deductions is net"))
    if "period" in fields:
        checks.append(recent(fields["period"].value, today))
    return tuple(checks)


KIND = Kind(
    "payslip",
    {
        "工资[条单表]|薪资[条单]": 0.7,
        "应发": 0.4,
        "实发": 0.4,
        "扣款|代扣|应扣": 0.2,
        "基本工资|岗位工资": 0.2,
        "个人所得税|个税": 0.1,
    },
    _read,
)
