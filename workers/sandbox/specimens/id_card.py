"""The two sides of a resident identity card, at the real proportions of 85.6 × 54 mm (15 px a mm)."""

from PIL import Image, ImageDraw

from workers.sandbox.specimens.drawing import Page
from workers.sandbox.specimens.person import Person

_MM = 15
_LABEL = (38, 92, 148)
_SEX = {"M": "男", "F": "女"}


def _card(tint: tuple[int, int, int]) -> Page:
    page = Page(round(85.6 * _MM), 54 * _MM, tint)
    width, height = page.image.size
    # Guilloche stand-in: faint waves, light enough to leave the text alone.
    for offset in range(-height, height, 26):
        points = [(x, offset + x * 0.42 + 9 * ((x // 60) % 2)) for x in range(0, width + 60, 60)]
        page.draw.line(points, fill=tuple(c - 7 for c in tint), width=2)
    return page


def _portrait(page: Page, left: int, top: int, width: int, height: int) -> None:
    """A head and shoulders of nobody."""
    frame = Image.new("RGB", (width, height), (228, 233, 238))
    draw = ImageDraw.Draw(frame)
    middle = width / 2
    draw.ellipse((width * 0.08, height * 0.62, width * 0.92, height * 1.5), fill=(120, 132, 148))
    draw.ellipse((middle - width * 0.22, height * 0.18, middle + width * 0.22, height * 0.62), fill=(214, 190, 170))
    draw.pieslice(
        (middle - width * 0.24, height * 0.12, middle + width * 0.24, height * 0.56), 180, 360, fill=(60, 58, 60)
    )
    page.image.paste(frame, (left, top))


def render_id_front(person: Person) -> Image.Image:
    """The side with the portrait; an address runs over up to three lines of eleven characters."""
    page = _card((240, 245, 247))

    def label(x: float, y: float, text: str) -> None:
        page.text(x * _MM, y * _MM, text, 40, fill=_LABEL)

    label(6, 9, "姓  名")
    page.text(17 * _MM, 9 * _MM, person.name, 52)
    label(6, 16.5, "性  别")
    page.text(17 * _MM, 16.5 * _MM, _SEX[person.sex], 44)
    label(28, 16.5, "民  族")
    page.text(38.5 * _MM, 16.5 * _MM, person.ethnicity, 44)
    label(6, 23.5, "出  生")
    birth = person.birth_date
    page.text(17 * _MM, 23.5 * _MM, str(birth.year), 44)
    label(25.5, 23.5, "年")
    page.text(31.5 * _MM, 23.5 * _MM, str(birth.month), 44, anchor="mm")
    label(34.5, 23.5, "月")
    page.text(40.5 * _MM, 23.5 * _MM, str(birth.day), 44, anchor="mm")
    label(43.5, 23.5, "日")
    label(6, 30.5, "住  址")
    for row, start in enumerate(range(0, len(person.address), 11)):
        page.text(17 * _MM, (30.5 + row * 4.4) * _MM, person.address[start : start + 11], 44)
    label(6, 47.5, "公民身份号码")
    page.spaced(31 * _MM, 47.5 * _MM, person.id_number, 50, 41, bold=True)
    _portrait(page, 58 * _MM, 7 * _MM, 23 * _MM, 32 * _MM)
    return page.finish((61.5 * _MM, 42.5 * _MM), 34)


def render_id_back(person: Person) -> Image.Image:
    """The side with the emblem; the emblem is a plain disc here."""
    page = _card((243, 240, 236))
    page.draw.ellipse((7 * _MM, 6 * _MM, 22 * _MM, 21 * _MM), fill=(196, 62, 54))
    page.draw.ellipse((10 * _MM, 9 * _MM, 19 * _MM, 18 * _MM), outline=(236, 196, 92), width=8)
    page.spaced(31 * _MM, 9.5 * _MM, "中华人民共和国", 60, 102, bold=True)
    page.spaced(33 * _MM, 18.5 * _MM, "居民身份证", 84, 134, bold=True)
    page.text(17 * _MM, 39.5 * _MM, "签发机关", 40, bold=True)
    page.text(33 * _MM, 39.5 * _MM, person.authority, 44)
    page.text(17 * _MM, 46.5 * _MM, "有效期限", 40, bold=True)
    until = f"{person.valid_to:%Y.%m.%d}" if person.valid_to else "长期"
    page.text(33 * _MM, 46.5 * _MM, f"{person.valid_from:%Y.%m.%d}-{until}", 44)
    return page.finish((6 * _MM, 29 * _MM), 34)
