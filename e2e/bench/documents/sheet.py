"""A sheet to print on that remembers where every value stands, and the typefaces it is printed in."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from workers.sandbox.specimens.drawing import INK, MARK, Colour, FontsMissing

_ROOT = Path(__file__).resolve().parents[3]
_FOLDERS = (_ROOT / "node_modules" / "@expo-google-fonts", _ROOT / "e2e/bench/node_modules/@expo-google-fonts")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Typeface:
    """`figures` sets digits and Latin letters, None: the Chinese face does."""

    regular: str
    bold: str
    figures: str | None = None


_SANS = tuple(f"noto-sans-sc/{weight}" for weight in ("300Light", "400Regular", "500Medium", "700Bold"))
_SERIF = tuple(f"noto-serif-sc/{weight}" for weight in ("400Regular", "500Medium", "600SemiBold", "700Bold"))
_FIGURES = ("arimo/400Regular", "tinos/400Regular", "cousine/400Regular", "b612-mono/400Regular")


def require_fonts() -> None:
    """FontsMissing with a sentence unless every face is installed."""
    for face in (*_SANS, *_SERIF, *_FIGURES):
        if _file(face) is None:
            raise FontsMissing(f"The font {face} is missing: run `npm ci` in this folder and in e2e/bench.")


def choose_face(rng: Random, *, plain: bool = False) -> Typeface:
    """Any installed face; `plain` keeps to sans, as cards and phones are set."""
    pairs = [(_SANS[0], _SANS[2]), (_SANS[1], _SANS[3]), (_SANS[1], _SANS[3]), (_SANS[2], _SANS[3])]
    serif = [(_SERIF[0], _SERIF[3]), (_SERIF[1], _SERIF[3]), (_SERIF[2], _SERIF[3])]
    # Both choices are drawn whatever is installed, so that a missing package changes faces only.
    sans_pair, serif_pair, figures, use_serif = (
        rng.choice(pairs), rng.choice(serif), rng.choice((None, None, *_FIGURES)), rng.random() < 0.5,
    )  # fmt: skip
    pair = serif_pair if use_serif and not plain and _file(serif_pair[0]) else sans_pair
    return Typeface(*pair, figures if figures and _file(figures) else None)


def _file(face: str) -> Path | None:
    package, weight = face.split("/")
    return next((found for folder in _FOLDERS for found in (folder / package / weight).glob("*.ttf")), None)


@lru_cache(maxsize=128)
def face_at(face: str, size: int) -> ImageFont.FreeTypeFont:
    """A face in pixels; FontsMissing with a sentence."""
    path = _file(face)
    if path is None:
        raise FontsMissing(f"The font {face} is missing: run `make up` once to install it.")
    return ImageFont.truetype(path, size)


@lru_cache(maxsize=32)
def _coverage(face: str) -> frozenset[int]:
    path = _file(face)
    if path is None:
        return frozenset()
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


class Sheet:
    """Paper in pixels. `boxes` says where each needed value stands, `sizes` how large its characters are.

    `rows` counts the rows of a statement's table.
    """

    def __init__(self, width: int, height: int, face: Typeface, paper: Colour = (253, 253, 251)) -> None:
        self.image = Image.new("RGB", (width, height), paper)
        self.draw = ImageDraw.Draw(self.image)
        self.face = face
        self.boxes: dict[str, Box] = {}
        self.sizes: dict[str, float] = {}
        self.rows = 0

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height

    @property
    def smallest(self) -> float:
        """The size of the smallest characters that have to be read, in pixels of the sheet."""
        return min(self.sizes.values())

    def measure(self, text: str, size: int, *, bold: bool = False) -> float:
        """The width of a line."""
        return sum(face_at(face, size).getlength(run) for face, run in self._runs(text, bold))

    def text(
        self, x: float, y: float, text: str, size: int, *,
        bold: bool = False, fill: Colour = INK, anchor: str = "lm", field: str = "",
    ) -> Box:  # fmt: skip
        """One line at its left middle, or as `anchor` says (mm, rm); `field` remembers the place under that name."""
        width = self.measure(text, size, bold=bold)
        left = x - {"l": 0.0, "m": width / 2, "r": width}[anchor[0]]
        at = left
        for face, run in self._runs(text, bold):
            font = face_at(face, size)
            # "s" is the baseline: two faces on one line share it. A Chinese character's middle is 0.38 em above.
            self.draw.text((at, y + 0.38 * size), run, font=font, fill=fill, anchor="ls")
            at += font.getlength(run)
        return self._remember(field, (left, y - size * 0.6, left + width, y + size * 0.6), size)

    def spaced(
        self, x: float, y: float, text: str, size: int, pitch: float, *,
        bold: bool = False, fill: Colour = INK, field: str = "",
    ) -> None:  # fmt: skip
        """Characters at an even pitch, the first centred on `x`."""
        for index, character in enumerate(text):
            self.text(x + index * pitch, y, character, size, bold=bold, fill=fill, anchor="mm")
        right = x + (len(text) - 0.5) * pitch
        self._remember(field, (x - pitch / 2, y - size * 0.6, right, y + size * 0.6), size)

    def remember(self, field: str, box: Box, size: float) -> None:
        """Let `field` stand in `box`, together with where it stands already."""
        self._remember(field, box, size)

    def _remember(self, field: str, box: Box, size: float) -> Box:
        if field:
            old = self.boxes.get(field, box)
            self.boxes[field] = (min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3]))
            self.sizes[field] = min(size, self.sizes.get(field, size))
        return box

    def _runs(self, text: str, bold: bool) -> list[tuple[str, str]]:
        chinese = self.face.bold if bold else self.face.regular
        figures = self.face.figures
        if figures is None:
            return [(chinese, text)]
        covered = _coverage(figures)
        runs: list[tuple[str, str]] = []
        for character in text:
            latin = character.isascii() and ord(character) in covered
            face = figures if latin else chinese
            if runs and runs[-1][0] == face:
                runs[-1] = (face, runs[-1][1] + character)
            else:
                runs.append((face, character))
        return runs

    def mark(self, x: float, y: float, size: int, strength: int = 9) -> None:
        """SPECIMEN 样本 plainly at (x, y) and faintly across: stronger, and it would be a damage of its own."""
        across = Image.new("L", self.image.size, 0)
        pen = ImageDraw.Draw(across)
        large = max(24, int(min(self.image.size) * 0.13))
        fractions = (0.28, 0.74) if self.height < self.width * 1.2 else (0.2, 0.5, 0.8)
        for fraction in fractions:
            middle = (self.width / 2, self.height * fraction)
            pen.text(middle, MARK, font=face_at(_SANS[3], large), fill=strength, anchor="mm")
        across = across.rotate(18, resample=Image.Resampling.BILINEAR)
        self.image.paste(Image.new("RGB", self.image.size, (190, 40, 40)), (0, 0), across)
        self.draw.text((x, y), MARK, font=face_at(_SANS[3], size), fill=(196, 44, 44), anchor="lm")
