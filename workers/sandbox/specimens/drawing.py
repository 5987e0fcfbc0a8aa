"""A page to draw on, the two fonts, and the mark that says SPECIMEN."""

import os
import re
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
INK: Colour = (34, 34, 38)
RULE: Colour = (150, 150, 156)
MARK = "SPECIMEN 样本"


class FontsMissing(RuntimeError):
    """The fonts that specimens are drawn with are not where they should be."""


def fonts_directory() -> Path:
    """`XINDAI_FONTS`, else `static/vendor/fonts` of this checkout."""
    default = Path(__file__).resolve().parents[3] / "static" / "vendor" / "fonts"
    return Path(os.environ.get("XINDAI_FONTS") or default)


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Noto Sans SC in pixels; FontsMissing with a sentence saying how to get it."""
    path = fonts_directory() / ("NotoSansSC_700Bold.ttf" if bold else "NotoSansSC_400Regular.ttf")
    if not path.is_file():
        raise FontsMissing(
            f"The font {path} is missing: run `make up` once to install it, or point XINDAI_FONTS at its folder."
        )
    return ImageFont.truetype(path, size)


class Page:
    """One sheet of paper in pixels; text is placed by its left middle."""

    def __init__(self, width: int, height: int, paper: Colour = (253, 253, 251)) -> None:
        self.image = Image.new("RGB", (width, height), paper)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, text: str, size: int, *, bold: bool = False, fill: Colour = INK, anchor: str = "lm"
    ) -> None:
        """One line of text; `anchor` as in Pillow (lm left middle, mm centred, rm right middle)."""
        self.draw.text((x, y), text, font=font(size, bold), fill=fill, anchor=anchor)

    def spaced(
        self, x: float, y: float, text: str, size: int, pitch: float, *, bold: bool = False, fill: Colour = INK
    ) -> None:
        """Characters at an even pitch, as cards print numbers and names."""
        for index, character in enumerate(text):
            self.text(x + index * pitch, y, character, size, bold=bold, fill=fill, anchor="mm")

    def grid(
        self, top: float, columns: list[float], rows: list[list[str]], *, height: float, size: int, head: bool
    ) -> float:
        """A ruled table between the x of `columns`; returns the y of its lower edge. Numbers stand to the right."""
        left, right = columns[0], columns[-1]
        for index, row in enumerate(rows):
            y = top + index * height
            if head and index == 0:
                self.draw.rectangle((left, y, right, y + height), fill=(238, 240, 243))
            self.draw.line((left, y, right, y), fill=RULE, width=2)
            for column, cell in enumerate(row):
                number = re.fullmatch(r"[+-]?[\d,]+\.\d\d", cell)
                x = columns[column + 1] - size * 0.6 if number else columns[column] + size * 0.6
                self.text(x, y + height / 2, cell, size, anchor="rm" if number else "lm", bold=head and index == 0)
        bottom = top + len(rows) * height
        self.draw.line((left, bottom, right, bottom), fill=RULE, width=2)
        for x in columns:
            self.draw.line((x, top, x, bottom), fill=RULE, width=2)
        return bottom

    def finish(self, mark_at: tuple[float, float], mark_size: int) -> Image.Image:
        """The picture with one plain mark, anchored at its left middle, and a faint one across the sheet.

        Any stronger, and the text detector takes a single character (民族 汉) for part of the mark: measured.
        """
        width, height = self.image.size
        across = Image.new("L", (width, height), 0)
        pen = ImageDraw.Draw(across)
        size = max(24, int(min(width, height) * 0.13))
        for fraction in (0.28, 0.74) if height < width * 1.2 else (0.2, 0.5, 0.8):
            pen.text((width / 2, height * fraction), MARK, font=font(size, True), fill=9, anchor="mm")
        across = across.rotate(18, resample=Image.Resampling.BILINEAR)
        self.image.paste(Image.new("RGB", self.image.size, (190, 40, 40)), (0, 0), across)
        self.text(*mark_at, MARK, mark_size, bold=True, fill=(196, 44, 44))
        return self.image


def yuan(fen: int) -> str:
    """12,345.60 without a currency sign, as tables print it."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
