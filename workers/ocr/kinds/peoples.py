"""The 56 peoples as printed on identity cards (GB/T 3304)."""

import re

from workers.ocr.normal import Guess

PEOPLES = frozenset(
    """
    汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜
    水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒
    乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 穿青人
    """.split()  # noqa: SIM905 - words read better than a list of quotes
)

_TRADITIONAL = str.maketrans("漢滿壯維爾達羅錫東門獨倫納龍鮮", "汉满壮维尔达罗锡东门独伦纳龙鲜")


def people(text: str) -> str | None:
    """The name of a people at the beginning of the text; one with a single character misread is a guess.

    穿青人 are not among the 56 but on cards (公安部 2003).
    """
    value = re.sub(r"\s", "", text).translate(_TRADITIONAL)
    for length in range(min(5, len(value)), 0, -1):
        if value[:length] in PEOPLES:
            return value[:length]
    nearly = [
        name
        for name in PEOPLES
        if len(name) > 1 and len(name) == len(value) and sum(a != b for a, b in zip(name, value, strict=True)) == 1
    ]
    return Guess(nearly[0]) if len(nearly) == 1 else None
