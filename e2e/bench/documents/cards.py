"""The two sides of a resident identity card (GA 448), 85.6 × 54 mm at 22 px a mm, in several printings."""

from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from e2e.bench.documents.people import normal
from e2e.bench.documents.sheet import Sheet, choose_face
from workers.sandbox.specimens.drawing import Colour
from workers.sandbox.specimens.person import Person

_MM = 22
_SEX = {"M": "男", "F": "女"}
_A_LINE = 11


def draw_front(person: Person, rng: Random) -> tuple[Sheet, dict[str, str]]:
    """The side with the portrait, and its truth."""
    sheet = _card(rng, rng.choice(((236, 244, 247), (233, 243, 240), (240, 240, 247))))
    label_ink: Colour = rng.choice(((38, 92, 148), (60, 110, 150), (30, 84, 128)))
    ink: Colour = (rng.randint(18, 50),) * 3
    size = rng.randint(62, 70)

    def label(x: float, y: float, text: str) -> None:
        sheet.text(x * _MM, y * _MM, text, 56, fill=label_ink)

    def value(x: float, y: float, text: str, field: str, at: int = size) -> None:
        sheet.text(x * _MM, y * _MM, text, at, fill=ink, field=field)

    for y, text in ((9, "姓  名"), (16.5, "性  别"), (23.5, "出  生"), (30.5, "住  址")):
        label(6, y, text)
    label(28, 16.5, "民  族")
    label(6, 47.5, "公民身份号码")
    value(17, 9, person.name, "name", size + 8)
    value(17, 16.5, _SEX[person.sex], "sex")
    value(38.5, 16.5, person.ethnicity, "ethnicity")
    birth = person.birth_date
    value(17, 23.5, str(birth.year), "birth_date")
    label(26, 23.5, "年")
    sheet.text(32 * _MM, 23.5 * _MM, str(birth.month), size, fill=ink, anchor="mm", field="birth_date")
    label(35, 23.5, "月")
    sheet.text(41 * _MM, 23.5 * _MM, str(birth.day), size, fill=ink, anchor="mm", field="birth_date")
    label(44, 23.5, "日")
    for row, text in enumerate(_wrapped(person.address)):
        value(17, 30.5 + row * 4.3, text, "address", size - 4)
    sheet.spaced(31.5 * _MM, 47.5 * _MM, person.id_number, 74, 2.72 * _MM, bold=True, fill=ink, field="id_number")
    _portrait(sheet, rng)
    sheet.mark(61 * _MM, 42.6 * _MM, 44)
    return sheet, {
        "name": person.name, "sex": person.sex, "ethnicity": person.ethnicity, "birth_date": birth.isoformat(),
        "address": normal(person.address), "id_number": person.id_number,
    }  # fmt: skip


def draw_back(person: Person, rng: Random) -> tuple[Sheet, dict[str, str]]:
    """The side with the emblem (a plain disc here), and its truth."""
    sheet = _card(rng, rng.choice(((243, 238, 234), (236, 243, 240), (240, 240, 240))))
    red = (rng.randint(180, 205), rng.randint(50, 70), rng.randint(45, 60))
    sheet.draw.ellipse((7 * _MM, 6 * _MM, 22 * _MM, 21 * _MM), fill=red)
    sheet.draw.ellipse((10 * _MM, 9 * _MM, 19 * _MM, 18 * _MM), outline=(236, 196, 92), width=12)
    sheet.spaced(32 * _MM, 9.5 * _MM, "中华人民共和国", 88, 6.6 * _MM, bold=True)
    sheet.spaced(34 * _MM, 18.5 * _MM, "居民身份证", 124, 8.8 * _MM, bold=True)
    size = rng.randint(60, 68)
    ends = person.valid_to
    period = f"{person.valid_from:%Y.%m.%d}-{f'{ends:%Y.%m.%d}' if ends else '长期'}"
    for y, label, text, field in ((39.5, "签发机关", person.authority, "authority"), (46.5, "有效期限", period, "")):
        sheet.text(17 * _MM, y * _MM, label, 58, bold=True)
        box = sheet.text(33 * _MM, y * _MM, text, size, field=field)
        if not field:
            sheet.remember("valid_from", (box[0], box[1], box[0] + (box[2] - box[0]) * 0.47, box[3]), size)
            sheet.remember("valid_to", (box[0] + (box[2] - box[0]) * 0.53, box[1], box[2], box[3]), size)
    sheet.mark(6 * _MM, 29 * _MM, 44)
    return sheet, {
        "authority": person.authority, "valid_from": person.valid_from.isoformat(),
        "valid_to": ends.isoformat() if ends else "long_term",
    }  # fmt: skip


def _wrapped(address: str) -> list[str]:
    """Lines of eleven Chinese characters, a digit or letter counting for 0.55."""
    lines, line, width = [], "", 0.0
    for character in address:
        step = 0.55 if character.isascii() else 1.0
        if width + step > _A_LINE:
            lines.append(line)
            line, width = "", 0.0
        line += character
        width += step
    return [*lines, line]


def _card(rng: Random, tint: Colour) -> Sheet:
    face = choose_face(rng, plain=True)
    width, height = round(85.6 * _MM), 54 * _MM
    sheet = Sheet(width, height, face, tint)
    # Guilloche: fine interwoven waves and a soft second colour, light enough to leave the text alone.
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    a, b, phase = rng.uniform(180, 320), rng.uniform(90, 160), rng.uniform(0, 6)
    waves = np.sin((y + 34 * np.sin(x / a + phase)) / 5.2) + np.sin((y * 0.5 + x * 0.8 + 26 * np.sin(y / b)) / 6.1)
    second = np.array([rng.uniform(-9, 2), rng.uniform(-6, 3), rng.uniform(-4, 6)], np.float32)
    drift = (np.sin(x / 610 + phase) * np.cos(y / 390))[..., None]
    picture = np.asarray(tint, np.float32) - 3.2 * waves[..., None] + drift * second
    sheet.image.paste(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)))
    return sheet


def _portrait(sheet: Sheet, rng: Random) -> None:
    """A head and shoulders of nobody."""
    width, height = 23 * _MM, 31 * _MM
    base = np.array(sheet.image.getpixel((60 * _MM, 4 * _MM)), np.int64)
    skin, cloth, hair = (
        (214 + rng.randint(-20, 8), 184, 162),
        (rng.randint(40, 130), 70, rng.randint(60, 120)),
        (44, 40, 42),
    )
    frame = Image.new("RGB", (width, height), tuple(int(v) for v in base))
    draw = ImageDraw.Draw(frame)
    middle, wide = width / 2, width * rng.uniform(0.19, 0.23)
    draw.ellipse((middle - wide * 1.25, height * 0.1, middle + wide * 1.25, height * 0.6), fill=hair)
    draw.ellipse((width * 0.06, height * 0.7, width * 0.94, height * 1.5), fill=cloth)
    draw.rectangle((middle - wide * 0.45, height * 0.55, middle + wide * 0.45, height * 0.76), fill=skin)
    draw.ellipse((middle - wide, height * 0.2, middle + wide, height * 0.66), fill=skin)
    draw.pieslice((middle - wide * 1.1, height * 0.12, middle + wide * 1.1, height * 0.5), 180, 360, fill=hair)
    for side in (-1, 1):
        x = middle + side * wide * 0.42
        draw.ellipse((x - 18, height * 0.4, x + 18, height * 0.418), fill=(50, 40, 40))
        draw.line((x - 26, height * 0.375, x + 26, height * 0.372), fill=(60, 50, 48), width=7)
    draw.line(
        (middle, height * 0.43, middle - 10, height * 0.5, middle + 8, height * 0.505), fill=(180, 140, 124), width=5
    )
    draw.arc((middle - 40, height * 0.52, middle + 40, height * 0.565), 20, 160, fill=(170, 96, 92), width=9)
    frame = frame.filter(ImageFilter.GaussianBlur(3))
    sheet.image.paste(frame, (58 * _MM, 7 * _MM))
