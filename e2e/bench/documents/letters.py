"""Income certificates: three letters, monthly or annual, sealed over the signature."""

from datetime import date
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from e2e.bench.documents.people import choose_figures, in_words, normal
from e2e.bench.documents.sheet import Sheet, Typeface, choose_face, face_at
from workers.sandbox.specimens.person import Person

_WIDTH = 1654
_LEFT, _RIGHT = 180, 1474
Part = tuple[str, str]
"""Text and the field it holds, empty for none."""


def draw_letter(person: Person, as_of: date, rng: Random) -> tuple[Sheet, dict[str, str], str]:
    """The sheet, its truth and the layout's name. An annual letter has `annual_income`, a monthly `monthly_income`."""
    annual = rng.random() < 0.3
    amount = person.monthly_income_fen * 12 if annual else person.monthly_income_fen
    field = "annual_income" if annual else "monthly_income"
    figures, words = choose_figures(rng), in_words(amount, rng)
    layout = rng.choice((_plain, _detailed, _to_the_bank))
    body = layout(person, as_of, rng, (figures(amount), words, field))
    face = choose_face(rng)
    sheet = Sheet(_WIDTH, rng.choice((1240, 1500, 2339)), face)
    y = 150.0
    sheet.text(
        _WIDTH / 2,
        y,
        rng.choice(("收入证明", "收 入 证 明", "收入及在职证明", "工作收入证明")),
        76,
        bold=True,
        anchor="mm",
    )
    size = rng.randint(42, 48)
    y = _flow(sheet, body, y + 150, size, size * rng.uniform(1.7, 1.95))
    y += 110
    signed = rng.choice(("单位名称：{}（盖章）", "单位名称（盖章）：{}", "公司名称：{}", "单位：{}（公章）"))
    before, after = signed.split("{}")
    x = _RIGHT - sheet.measure(before + person.employer + after, 42)
    x = sheet.text(x, y, before, 42)[2]
    x = sheet.text(x, y, person.employer, 42, field="employer")[2]
    sheet.text(x, y, after, 42)
    sheet.text(_RIGHT, y + 90, f"{as_of.year}年{as_of.month}月{as_of.day}日", 42, anchor="rm", field="issued_on")
    if rng.random() < 0.85:
        _seal(sheet, person.employer, face, (_RIGHT - rng.randint(150, 420), y + rng.randint(20, 60)), rng)
    sheet.mark(_LEFT, min(y + 210, sheet.height - 50), 40)
    truth = {
        "name": person.name, "id_number": person.id_number, "employer": normal(person.employer), field: str(amount),
        "amount_in_words": words.removeprefix("人民币"), "issued_on": as_of.isoformat(),
    }  # fmt: skip
    return sheet, truth, layout.__name__.strip("_")


def _plain(person: Person, as_of: date, rng: Random, income: tuple[str, str, str]) -> list[list[Part]]:
    amount, words, field = income
    what = "税前年收入" if field == "annual_income" else rng.choice(("税前月收入", "月收入", "月均收入"))
    return [
        [
            ("兹证明", ""), (person.name, "name"), ("（身份证号码：", ""), (person.id_number, "id_number"),
            (f"）系我单位正式员工，自{as_of.year - rng.randint(1, 12)}年{rng.randint(1, 12)}月起在我单位工作，", ""),
            (f"其{what}为人民币", ""),
            (amount, field), ("元（大写：", ""), (words, "amount_in_words"), ("）。", ""),
        ],
        [("特此证明。", "")],
    ]  # fmt: skip


def _detailed(person: Person, as_of: date, rng: Random, income: tuple[str, str, str]) -> list[list[Part]]:
    amount, words, field = income
    post = rng.choice(("销售经理", "工程师", "会计", "车间主任", "教师", "行政主管"))
    period, what = ("近一年总收入", "年收入") if field == "annual_income" else ("近十二个月月均收入", "月均收入")
    what = what if rng.random() < 0.5 else period
    return [
        [
            ("兹证明", ""), (person.name, "name"), (f"同志，性别{'男' if person.sex == 'M' else '女'}，身份证号", ""),
            (person.id_number, "id_number"), (f"，在我公司任{post}一职，工作年限{rng.randint(1, 20)}年，其{what}", ""),
            ("为人民币", ""), (amount, field), ("元，大写：", ""), (words, "amount_in_words"), ("。", ""),
        ],
        [("本单位承诺以上内容真实、准确，并对此承担责任。", "")],
        [("特此证明。", "")],
    ]  # fmt: skip


def _to_the_bank(person: Person, as_of: date, rng: Random, income: tuple[str, str, str]) -> list[list[Part]]:
    amount, words, field = income
    what = "年收入（税后）" if field == "annual_income" else rng.choice(("月收入（税后）", "月收入"))
    return [
        [("江城商业银行股份有限公司：", "")],
        [
            ("兹证明我单位员工", ""), (person.name, "name"), ("先生，" if person.sex == "M" else "女士，", ""),
            ("身份证件号码为", ""), (person.id_number, "id_number"),
            (f"，现任{rng.choice(('专员', '主管', '技术员'))}，", ""),
            (f"{what}为人民币（大写）", ""), (words, "amount_in_words"), ("，小写￥", ""),
            (amount.lstrip("¥"), field), ("元。", ""),
        ],
        [("此证明仅用于办理贷款业务。特此证明。", "")],
    ]  # fmt: skip


def _flow(sheet: Sheet, body: list[list[Part]], y: float, size: int, pitch: float) -> float:
    """Paragraphs set character by character between the margins; a digit may stand at a line's end, as in letters."""
    for paragraph in body:
        x: float = _LEFT if paragraph[0][0].endswith("：") else _LEFT + 2 * size
        for text, field in paragraph:
            run = ""
            for character in text:
                if x + sheet.measure(run + character, size) > _RIGHT:
                    sheet.text(x, y, run, size, field=field if run else "")
                    x, y, run = _LEFT, y + pitch, ""
                run += character
            x = sheet.text(x, y, run, size, field=field if run else "")[2]
        y += pitch
    return y


def _seal(sheet: Sheet, employer: str, face: Typeface, centre: tuple[float, float], rng: Random) -> None:
    """A round red seal: the employer around a star, pressed unevenly, the text under it still to be read."""
    side, radius = 460, 205
    stamp = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(stamp)
    middle = side / 2
    pen.ellipse((middle - radius, middle - radius, middle + radius, middle + radius), outline=255, width=9)
    turns = [(-np.pi / 2 + k * np.pi / 5, 70 if k % 2 == 0 else 27) for k in range(10)]
    pen.polygon([(middle + r * np.cos(a), middle + r * np.sin(a)) for a, r in turns], fill=255)
    sweep = min(250, 16 * len(employer)) * np.pi / 180
    for index, character in enumerate(employer):
        angle = -np.pi / 2 + sweep * (index / max(1, len(employer) - 1) - 0.5)
        letter = Image.new("L", (60, 60), 0)
        ImageDraw.Draw(letter).text((30, 30), character, font=face_at(face.bold, 40), fill=255, anchor="mm")
        letter = letter.rotate(-np.degrees(angle) - 90, resample=Image.Resampling.BICUBIC)
        at = (int(middle + 162 * np.cos(angle)) - 30, int(middle + 162 * np.sin(angle)) - 30)
        stamp.paste(255, at, letter)
    stamp = stamp.rotate(rng.uniform(-20, 20), resample=Image.Resampling.BICUBIC)
    noise = np.random.default_rng(rng.randrange(2**32)).uniform(0, 1, (side // 6 + 1, side // 6 + 1))
    patches = Image.fromarray((noise * 255).astype(np.uint8)).resize((side, side)).filter(ImageFilter.GaussianBlur(4))
    strength = np.asarray(stamp, np.float32) * (0.42 + 0.3 * np.asarray(patches, np.float32) / 255)
    ink = Image.new("RGB", (side, side), (208, 34, 40))
    at = (int(centre[0] - middle), int(centre[1] - middle))
    # Ink on paper multiplies: dark text stays dark under red.
    below = np.asarray(sheet.image.crop((*at, at[0] + side, at[1] + side)), np.float32)
    alpha = strength[..., None] / 255
    mixed = below * (1 - alpha) + below * np.asarray(ink, np.float32) / 255 * alpha
    sheet.image.paste(Image.fromarray(mixed.astype(np.uint8)), at)
