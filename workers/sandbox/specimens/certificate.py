"""An income certificate: the letter an employer signs, with the amount in figures and in words."""

from datetime import date

from PIL import Image

from portal.domain.clock import today
from portal.domain.money import capital_yuan
from workers.sandbox.specimens.drawing import Page, yuan
from workers.sandbox.specimens.person import Person

_PER_LINE = 25
_INDENT = "\u3000\u3000"


def render_income_certificate(person: Person, as_of: date | None = None) -> Image.Image:
    """1240 × 1000 px, the upper part of an A4 sheet."""
    day = as_of or today()
    words = capital_yuan(person.monthly_income_fen).removeprefix("人民币")
    body = (
        f"兹证明{person.name}（身份证号码：{person.id_number}）系我单位正式员工，自{day.year - 4}年6月起在我单位工作，"
        f"其税前月收入为人民币{yuan(person.monthly_income_fen)}元（大写：{words}）。"
    )
    page = Page(1240, 1000)
    page.text(620, 110, "收入证明", 64, bold=True, anchor="mm")
    y = 230.0
    for line in [*_wrapped(f"{_INDENT}{body}"), f"{_INDENT}特此证明。"]:
        page.text(130, y, line, 38)
        y += 76
    page.text(1110, y + 80, f"单位名称：{person.employer}（盖章）", 36, anchor="rm")
    page.text(1110, y + 150, f"{day.year}年{day.month:02d}月{day.day:02d}日", 36, anchor="rm")
    return page.finish((130, 930), 34)


def _wrapped(text: str) -> list[str]:
    """Lines of equal width, a digit or Latin letter counting half; numbers may break, as in a real letter."""
    lines, line, width = [], "", 0.0
    for character in text:
        step = 0.58 if character.isascii() else 1.0
        if width + step > _PER_LINE:
            lines.append(line)
            line, width = "", 0.0
        line += character
        width += step
    return [*lines, line]
