"""The people a newcomer can try the product with: who they are, what they ask for, and where that leads.

All are invented. Identity numbers carry city-level region codes, which no resident has; card numbers lie in a range
that payment processors use for tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from portal.domain.identity import check_digit
from portal.domain.money import add_months
from workers.sandbox.reports import Report, account, card, empty_report, inquiry
from workers.sandbox.specimens.person import Person

Lane = Literal["approve", "refer", "decline", "stop"]


@dataclass(frozen=True, slots=True)
class Persona:
    """`lane` is where the application ends; `stop` never reaches a decision, because the answers are refused.

    `report` makes the bureau's answer for a day. `outage_seconds`: so long does the bureau pretend to be down after
    the first query. `housing_fen` and `other_debt_fen` are the monthly costs to state in the chat.
    """

    slug: str
    lane: Lane
    zh: str
    en: str
    person: Person
    mobile: str
    bank_card: str
    report: Callable[[date], Report]
    amount_fen: int = 50_000_00
    term_months: int = 24
    housing_fen: int = 2_000_00
    other_debt_fen: int = 0
    outage_seconds: int = 0
    watched: bool = False


def find_persona(id_number: str) -> Persona | None:
    """The persona with this number."""
    return _by_number().get(id_number)


def get_persona(slug: str) -> Persona:
    """The persona with this name; KeyError when there is none."""
    return {persona.slug: persona for persona in PERSONAS}[slug]


def _id_number(region: str, birth: date, order: str, *, wrong: bool = False) -> str:
    first = f"{region}{birth:%Y%m%d}{order}"
    digit = check_digit(first)
    return first + (str((int(digit.replace("X", "0")) + 1) % 10) if wrong else digit)


def _clean(day: date) -> Report:
    return {
        "found": True,
        "accounts": [
            card(
                1,
                opened_on=add_months(day, -74),
                limit_yuan=40_000,
                statements_yuan=(2_900, 3_400, 2_600, 3_100, 2_800, 3_200),
                paid_yuan=(3_000, 2_900, 3_400, 2_600, 3_100, 2_800),
                status="N" * 24,
                in_full=True,
            ),
            card(
                2,
                opened_on=add_months(day, -41),
                limit_yuan=25_000,
                statements_yuan=(900, 1_300, 800, 1_000, 1_200, 1_100),
                paid_yuan=(1_000, 900, 1_300, 800, 1_000, 1_200),
                status="N" * 24,
                in_full=True,
            ),
            account(
                3,
                "consumer_loan",
                opened_on=add_months(day, -30),
                limit_yuan=30_000,
                balance_yuan=0,
                status="N" * 18 + "C" * 6,
            ),
        ],
        "inquiries": [inquiry("card_approval", add_months(day, -9), 1), inquiry("self", add_months(day, -2))],
        "public_records": [],
    }


def _late_once(day: date) -> Report:
    """Three months late nearly two years ago, clean before and since: the policy wants a person to look."""
    return {
        "found": True,
        "accounts": [
            card(
                1,
                opened_on=add_months(day, -96),
                limit_yuan=45_000,
                statements_yuan=(2_100, 2_500, 1_900, 2_200, 2_600, 2_400),
                paid_yuan=(2_000, 2_100, 2_500, 1_900, 2_200, 2_600),
                status="N123" + "N" * 20,
                in_full=True,
            ),
            card(
                2,
                opened_on=add_months(day, -60),
                limit_yuan=30_000,
                statements_yuan=(700, 800, 1_000, 600, 800, 900),
                paid_yuan=(800, 700, 800, 1_000, 600, 800),
                status="N" * 24,
                in_full=True,
            ),
        ],
        "inquiries": [inquiry("loan_approval", add_months(day, -7))],
        "public_records": [],
    }


def _overdue(day: date) -> Report:
    return {
        "found": True,
        "accounts": [
            account(
                1,
                "consumer_loan",
                opened_on=add_months(day, -26),
                limit_yuan=80_000,
                balance_yuan=52_000,
                monthly_yuan=3_400,
                status="N" * 20 + "1234",
            ),
            card(
                2,
                opened_on=add_months(day, -60),
                limit_yuan=30_000,
                statements_yuan=(30_000,) * 6,
                paid_yuan=(0,) * 6,
                status="N" * 10 + "1234567" + "D" * 7,
            ),
        ],
        "inquiries": [inquiry("loan_approval", day - timedelta(days=6 * i + 3), i) for i in range(5)],
        "public_records": [
            {"kind": "enforcement", "on": add_months(day, -5).isoformat(), "amount_fen": 31_000_00},
        ],
    }


def _no_file(_: date) -> Report:
    return empty_report()


PERSONAS: tuple[Persona, ...] = (
    Persona(
        "approve",
        "approve",
        "信用记录良好，材料齐全",
        "A clean record and complete documents",
        Person(
            "林安然",
            "F",
            "汉",
            date(1990, 5, 12),
            "浙江省杭州市西湖区样本路88号3栋2单元1201室",
            _id_number("330100", date(1990, 5, 12), "024"),
            "杭州市公安局西湖分局",
            date(2021, 6, 8),
            date(2041, 6, 8),
            "杭州云岭软件有限公司",
            18_600_00,
        ),
        "13800000001",
        "6200000000000013",
        _clean,
    ),
    Persona(
        "refer",
        "refer",
        "近两年内曾逾期三个月",
        "Three months late once in the last two years",
        Person(
            "周以宁",
            "M",
            "汉",
            date(1988, 11, 3),
            "江苏省南京市鼓楼区样本街16号5栋1单元602室",
            _id_number("320100", date(1988, 11, 3), "135"),
            "南京市公安局鼓楼分局",
            date(2019, 3, 20),
            date(2039, 3, 20),
            "南京安泰物流有限公司",
            12_800_00,
        ),
        "13800000002",
        "6200000000000021",
        _late_once,
        amount_fen=40_000_00,
    ),
    Persona(
        "no_file",
        "refer",
        "没有征信记录（白户）",
        "No credit file yet",
        Person(
            "白若川",
            "M",
            "汉",
            date(2000, 2, 17),
            "四川省成都市武侯区样本巷7号1栋1单元304室",
            _id_number("510100", date(2000, 2, 17), "217"),
            "成都市公安局武侯分局",
            date(2022, 9, 1),
            date(2032, 9, 1),
            "成都百禾食品有限公司",
            8_200_00,
        ),
        "13800000003",
        "6200000000000039",
        _no_file,
        amount_fen=20_000_00,
        term_months=12,
    ),
    Persona(
        "decline",
        "decline",
        "当前逾期，另有呆账",
        "Past due now, another debt written off",
        Person(
            "高望远",
            "M",
            "满",
            date(1985, 8, 29),
            "陕西省西安市雁塔区样本大道120号2栋3单元901室",
            _id_number("610100", date(1985, 8, 29), "315"),
            "西安市公安局雁塔分局",
            date(2016, 1, 15),
            date(2036, 1, 15),
            "西安启明机械制造有限公司",
            9_500_00,
        ),
        "13800000004",
        "6200000000000047",
        _overdue,
    ),
    Persona(
        "outage",
        "approve",
        "征信机构故障演示，约一分钟后自动恢复",
        "Bureau outage, over by itself in a minute",
        Person(
            "许知远",
            "M",
            "汉",
            date(1992, 4, 6),
            "湖北省武汉市洪山区样本路52号4栋2单元1503室",
            _id_number("420100", date(1992, 4, 6), "417"),
            "武汉市公安局洪山分局",
            date(2020, 10, 10),
            date(2040, 10, 10),
            "武汉恒远建筑设计有限公司",
            16_900_00,
        ),
        "13800000005",
        "6200000000000054",
        _clean,
        outage_seconds=45,
    ),
    Persona(
        "watch_list",
        "decline",
        "在本机构的关注名单上",
        "On the lender's watch-list",
        Person(
            "沈默言",
            "F",
            "汉",
            date(1987, 12, 21),
            "广东省广州市天河区样本街9号6栋1单元2004室",
            _id_number("440100", date(1987, 12, 21), "522"),
            "广州市公安局天河分局",
            date(2018, 5, 30),
            date(2038, 5, 30),
            "广州蓝湾电子有限公司",
            14_300_00,
        ),
        "13800000006",
        "6200000000000062",
        _clean,
        watched=True,
    ),
    Persona(
        "expired_id",
        "stop",
        "身份证已过期，会请您更换后再来",
        "The ID card has expired",
        Person(
            "何清和",
            "F",
            "回",
            date(1995, 7, 14),
            "山东省青岛市市南区样本路33号1栋2单元705室",
            _id_number("370200", date(1995, 7, 14), "628"),
            "青岛市公安局市南分局",
            date(2014, 3, 1),
            date(2024, 3, 1),
            "青岛晨曦教育咨询有限公司",
            11_700_00,
        ),
        "13800000007",
        "6200000000000070",
        _clean,
    ),
    Persona(
        "bad_checksum",
        "stop",
        "身份证号校验位不对，会请您核对",
        "The ID number has a wrong check digit",
        Person(
            "方可行",
            "M",
            "汉",
            date(1993, 9, 9),
            "湖南省长沙市岳麓区样本巷21号3栋1单元408室",
            _id_number("430100", date(1993, 9, 9), "731", wrong=True),
            "长沙市公安局岳麓分局",
            date(2021, 9, 9),
            date(2041, 9, 9),
            "长沙青禾医药有限公司",
            10_400_00,
        ),
        "13800000008",
        "6200000000000088",
        _clean,
    ),
)


@cache
def _by_number() -> dict[str, Persona]:
    return {persona.person.id_number: persona for persona in PERSONAS}
