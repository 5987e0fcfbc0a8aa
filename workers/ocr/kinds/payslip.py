"""A payslip (工资条): amounts beside their labels, or under them where the slip is one wide row."""

import re
from collections.abc import Sequence
from datetime import date

from workers.ocr.kinds.confidence import settle
from workers.ocr.kinds.kind import Facts, Kind, found
from workers.ocr.kinds.recency import recent
from workers.ocr.layout import Document
from workers.ocr.normal import AMOUNT, HAN, MONTH, NAME, YEAR, Guess, fen, iso_month, person_name
from workers.ocr.reading import Check, Field

# The labels that leave no doubt before those that some employers use for a part of the pay.
_GROSS = (
    "应发工资|应发合计|应发金额|应发总额|应发总计|应发薪资|应发薪酬|应发小计|应发工资合计|应发数|应发|合计应发|应付工资|应付薪资|应付合计|"
    "应得工资|应得合计|应得金额|应领工资|Gross Pay|GROSS PAY",
    "工资总额|薪资总额|税前工资|税前薪资|税前合计|税前收入|收入合计|收入小计|收入总额|工资合计|薪资合计|总收入|总工资",
)
_NET = (
    "实发工资|实发合计|实发金额|实发总额|实发总计|实发薪资|实发薪酬|实发工资合计|实发数|实发|合计实发|实付工资|实付金额|实付薪资|实付合计|"
    "实得工资|实得金额|实领工资|实领金额|到手工资|到手金额|税后实发|Net Pay|NET PAY",
    "税后工资|税后薪资|税后收入|净发工资|净工资|净收入|银行代发|打卡工资",
)
_DEDUCTIONS = (
    "扣款合计|扣除合计|应扣合计|代扣合计|扣款小计|扣除小计|应扣小计|代扣小计|扣款总额|扣除总额|应扣总额|扣款总计|应扣款合计|"
    "应扣金额|应扣工资|扣减合计|代扣代缴合计|代扣款合计|扣发合计|扣款金额|支出合计|合计扣款|合计扣除|个人扣款合计|扣款项合计"
)
# What is taken off by name when no total is printed. Each group is one deduction under its names.
_ITEMS = (
    "养老保险|基本养老保险|养老|养老金|养老保险个人|个人养老保险",
    "医疗保险|基本医疗保险|医疗|医保|个人医疗保险",
    "失业保险|失业|失业金|个人失业保险",
    "住房公积金|公积金|个人公积金|公积金个人",
    "个人所得税|个税|所得税|代扣个税|代扣所得税|应缴个税|个调税|代扣税",
    "社保|社会保险|社保个人|个人社保|代扣社保|社保扣款|五险个人",
    "缺勤扣款|考勤扣款|请假扣款|病假扣款|事假扣款|迟到扣款",
    "其他扣款|其它扣款|其他扣除|其他应扣",
    "工会费|工会会费",
    "大病医疗|补充医疗|大额医疗",
    "企业年金|职业年金|年金",
)
_ORGANISATION = (
    rf"([{HAN}A-Za-z0-9()&·]{{2,40}}?(?:有限责任公司[{HAN}]{{2,8}}分公司|有限公司[{HAN}]{{2,8}}分公司|有限责任公司|股份有限公司|有限公司|公司|集团|事务所|研究院|研究所|设计院|大学|学院|中学|小学|"
    rf"学校|幼儿园|医院|银行|支行|分行|中心|酒店|门店|商场|超市|工厂|厂|局|委员会))(?=[^{HAN}]|$|员工|职工|工资|薪|{YEAR})"
)


def _read(document: Document, today: date) -> Facts:
    fields = found(
        name=document.labelled("姓名|员工姓名|职工姓名|人员姓名|名字", NAME, person_name)
        or document.find(rf"(?<!\S)员工\s*[:\t]\s*({NAME})", person_name),
        employer=_employer(document),
        period=_period(document),
        gross_pay=_first(document, _GROSS),
        deductions=document.labelled(_DEDUCTIONS, AMOUNT, _unsigned),
        net_pay=_first(document, _NET),
    )
    if "deductions" not in fields and (rest := _unlabelled(document, fields)):
        fields["deductions"] = rest
    adds_up = _adds_up(fields, document)
    pay = ("gross_pay", "net_pay", "deductions")
    settled = settle(fields, pay if adds_up else (), pay if adds_up is False else ())
    return Facts(settled, _checks(fields, adds_up, today))


def _first(document: Document, tiers: Sequence[str]) -> Field | None:
    return next((field for words in tiers if (field := document.labelled(words, AMOUNT, fen))), None)


def _unsigned(text: str) -> str | None:
    """Deductions are printed with or without their minus."""
    return fen(re.sub(r"[-+−–]", "", text))


def _employer(document: Document) -> Field | None:
    words = "单位名称|公司名称|单位|公司|工作单位|所属公司|用人单位|发薪单位|所属单位|企业名称|公司全称"
    return document.labelled(words, _ORGANISATION, inside=False) or document.find(rf"(?:^|\t|\s){_ORGANISATION}")


def _period(document: Document) -> Field | None:
    """The month the pay is for; that of the payday, usually one later, is only a guess."""
    return (
        document.find(rf"({MONTH})\s*月?(?:份|度)?[^\t\d]{{0,12}}(?:工资|薪)", iso_month)
        or document.labelled(
            "工资月份|薪资月份|所属月份|所属期|所属期间|工资期间|工资周期|薪资周期|计薪周期|计薪月份|工资所属月份|工资年月|发薪月份|"
            "核算月份|结算月份|月份|年月|期间|薪资所属期|账期|工资月度",
            MONTH,
            iso_month,
        )
        or document.find(rf"(?:工资|薪)[^\t\d]{{0,8}}[\s(:]*({MONTH})", iso_month)
        or document.find(rf"(?<!\S)({MONTH})\s*月份?(?!\s*\d)", iso_month)
        or document.labelled("发放日期|发薪日期|发放时间|发薪日|支付日期|发放月份", MONTH, _guessed_month)
    )


def _guessed_month(text: str) -> str | None:
    month = iso_month(text)
    return Guess(month) if month else None


def _unlabelled(document: Document, fields: dict[str, Field]) -> Field | None:
    """What is printed somewhere to the fen as the difference of gross and net: the total whose label was not read."""
    if not {"gross_pay", "net_pay"} <= fields.keys():
        return None
    rest = int(fields["gross_pay"].value) - int(fields["net_pay"].value)
    if rest <= 0:
        return None
    return document.find(rf"(?<!\S)({AMOUNT})(?!\S)", lambda text: str(rest) if _unsigned(text) == str(rest) else None)


def _adds_up(fields: dict[str, Field], document: Document) -> bool | None:
    """Gross less deductions is net; by the single deductions when their total is not printed. None is not known."""
    if not {"gross_pay", "net_pay"} <= fields.keys():
        return None
    gross, net = int(fields["gross_pay"].value), int(fields["net_pay"].value)
    if "deductions" in fields:
        return gross - int(fields["deductions"].value) == net
    if net > gross:
        return False
    amounts = [document.labelled(words, AMOUNT, _unsigned, inside=False) for words in _ITEMS]
    # Other deductions may have other names: an unequal sum says nothing.
    return True if sum(int(amount.value) for amount in amounts if amount) == gross - net else None


def _checks(fields: dict[str, Field], adds_up: bool | None, today: date) -> tuple[Check, ...]:
    checks = []
    if adds_up is not None:
        checks.append(Check("pay_adds_up", adds_up, "error", "应发减扣款等于实发", "Gross less deductions is net"))
    if "period" in fields:
        checks.append(recent(fields["period"].value, today))
    return tuple(checks)


KIND = Kind(
    "payslip",
    {
        "工资[条单表]|薪[资酬][条单]|工资明细|薪资明细|工资发放": 0.7,
        "应发|应付工资|税前工资|工资总额|应得": 0.4,
        "实发|实付|到手|税后工资|实领|实得": 0.4,
        "扣款|代扣|应扣|扣除": 0.2,
        "基本工资|岗位工资|基本薪资|底薪|绩效": 0.2,
        "个人所得税|个税": 0.1,
        "养老保险|社保|公积金": 0.1,
    },
    _read,
)
