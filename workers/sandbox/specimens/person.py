"""Who a specimen is about: a consistent, invented person."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.domain.identity import IdNumber, Sex, age_on, check_digit


@dataclass(frozen=True, slots=True)
class Person:
    """Everything the documents of one person print; `valid_to` None is 长期, income is gross, in fen a month."""

    name: str
    sex: Sex
    ethnicity: str
    birth_date: date
    address: str
    id_number: str
    authority: str
    valid_from: date
    valid_to: date | None
    employer: str
    monthly_income_fen: int


# Region code, place, issuing authority. City-level codes: see the package docstring.
_PLACES = (
    ("110100", "北京市海淀区", "北京市公安局海淀分局"),
    ("310100", "上海市浦东新区", "上海市公安局浦东分局"),
    ("440100", "广东省广州市天河区", "广州市公安局天河分局"),
    ("330100", "浙江省杭州市西湖区", "杭州市公安局西湖分局"),
    ("510100", "四川省成都市武侯区", "成都市公安局武侯分局"),
    ("420100", "湖北省武汉市洪山区", "武汉市公安局洪山分局"),
    ("320100", "江苏省南京市鼓楼区", "南京市公安局鼓楼分局"),
    ("610100", "陕西省西安市雁塔区", "西安市公安局雁塔分局"),
    ("370200", "山东省青岛市市南区", "青岛市公安局市南分局"),
    ("430100", "湖南省长沙市岳麓区", "长沙市公安局岳麓分局"),
    ("350200", "福建省厦门市思明区", "厦门市公安局思明分局"),
    ("500100", "重庆市渝中区", "重庆市公安局渝中区分局"),
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万钱覃武戴莫孔汤"
)
_GIVEN: dict[Sex, str] = {
    "M": "伟强磊军勇涛明超刚平辉鹏杰浩宇轩博文俊峰志远建国海波成林天翔瑞霖子涵晨",
    "F": "芳娜敏静丽艳娟霞秀英玲桂兰婷雪梅琳欣怡佳慧雅文萱诗涵梦洁玉珍晓燕思颖",
}
_ETHNICITIES = ("汉", "汉", "汉", "汉", "汉", "汉", "回", "满", "壮", "土家", "维吾尔", "苗")
_STREETS = ("中山路", "解放大道", "人民东路", "长江一路", "文化巷", "建设街", "和平里", "学府路", "滨河路", "花园街")
_TRADES = ("云岭软件", "启明机械制造", "百禾食品", "安泰物流", "晨曦教育咨询", "恒远建筑设计", "蓝湾电子", "青禾医药")


def make_person(seed: int, **overrides: Any) -> Person:
    """The same seed gives the same person; `overrides` replace fields.

    An overridden `id_number` sets birth date and sex; an overridden birth date or sex changes the number's digits.
    ValueError if the number does not parse.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible specimens, not secrets
    code, place, authority = rng.choice(_PLACES)
    sex: Sex = overrides.get("sex") or rng.choice(("M", "F"))
    birth = overrides.get("birth_date") or date(rng.randint(1966, 2001), 1, 1) + timedelta(days=rng.randrange(365))
    order = rng.randrange(50) * 2 + (sex == "M")
    first17 = f"{code}{birth:%Y%m%d}{rng.randrange(10)}{order:02d}"
    number = IdNumber.parse(overrides.get("id_number") or first17 + check_digit(first17))
    if "id_number" in overrides:
        sex, birth = overrides.get("sex") or number.sex, overrides.get("birth_date") or number.birth_date
    given = "".join(rng.sample(_GIVEN[sex], 2))
    issued = date(rng.randint(2021, 2024), rng.randint(1, 12), rng.randint(1, 28))
    fields: dict[str, Any] = {
        "name": rng.choice(_SURNAMES) + given,
        "sex": sex,
        "ethnicity": rng.choice(_ETHNICITIES),
        "birth_date": birth,
        "address": f"{place}{rng.choice(_STREETS)}{rng.randint(1, 399)}号{rng.randint(1, 30)}栋{rng.randint(1, 6)}单元"
        f"{rng.randint(1, 28)}0{rng.randint(1, 4)}室",
        "id_number": number.value,
        "authority": authority,
        "valid_from": issued,
        "valid_to": _expiry(birth, issued),
        "employer": f"{place[:2]}{rng.choice(_TRADES)}有限公司",
        "monthly_income_fen": rng.randint(55, 320) * 10_000 + rng.randrange(0, 10_000, 50),
    }
    return Person(**{**fields, **overrides})


def _expiry(birth: date, issued: date) -> date | None:
    """居民身份证法 第五条: 10 years from 16, 20 years from 26, for good from 46."""
    age = age_on(birth, issued)
    if age >= 46:
        return None
    return issued.replace(year=issued.year + (20 if age >= 26 else 10))
