"""Whether a picture can be read, told before any of its text is recognised, and once more after.

The order is from what spoils the whole picture to what spoils its text: of several reasons, the first is the one that
has to be put right first. A picture that can be read is let through, however ugly.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr import measures
from workers.ocr.geometry import Sheet, find_sheet
from workers.ocr.images import Pixels
from workers.ocr.kinds.kind import Facts, Kind
from workers.ocr.layout import Line
from workers.ocr.measures import Quads
from workers.ocr.quality import Refused
from workers.ocr.reading import KindName
from workers.ocr.reflection import Reflection, largest_reflection
from workers.ocr.sides import id_side

MIN_LONG_SIDE, MIN_SHORT_SIDE = 480, 240

# Calibrated on the samples of e2e/bench/documents and on ../shared/data/ocr; figures are those of workers.ocr.measures.
_DARK, _DIM = 40.0, 70.0
_PALE = 225.0
_BLANK = 4.0
_BURNT = 0.12
_HALF_LIGHT = 128.0
_SHARP_PICTURE, _MARKED = 25.0, 18.0
_FEW_LINES, _FEW_OF_ALL, _RUNNING = 2, 0.15, 4.0
_SCREEN = 2.9
_LOOKS_AT_SCREENS = 800
_TOUCHING, _MANY_CUT = 0.004, 3
_ON_SHEET = 0.8
_FAINT = 16.0
_REFLECTION, _INTERRUPTED, _SMALL_REFLECTION, _FADING = 0.085, 3, 0.012, 0.12
_LEGIBLE_HEIGHT = 9.0
_SHARP, _SOFT, _CRISP = 0.165, 0.21, 0.3
_FEW_CHARACTERS = 8
_READ_BADLY, _DOUBTFUL = 0.6, 0.8

_NEEDED: dict[KindName, tuple[str, ...]] = {
    "id_card_front": ("name", "sex", "birth_date", "address", "id_number"),
    "id_card_back": ("authority", "valid_from", "valid_to"),
    "payslip": ("gross_pay", "net_pay"),
    "income_certificate": ("name",),
    "fund_statement": ("name",),
    "bank_statement": ("name",),
}
"""Fields a document of the kind has, in nearly every layout; one that lacks them by design is not refused for it."""
_USUAL: dict[KindName, tuple[str, ...]] = {
    "income_certificate": ("id_number", "amount_in_words", "employer"),
    "fund_statement": ("id_number", "base"),
    "payslip": ("name", "period"),
}
"""Fields most of a kind have: where the sheet is cut or a reflection interrupts lines, what is missing stood there."""


Gap = Literal["missing", "doubtful", "unusual", "uncertain"]


@dataclass(frozen=True)
class Look:
    """A page before recognition: as decoded, its sheet if found, as rectified, with even light, and its text boxes."""

    photo: Pixels
    sheet: Sheet | None
    flat: Pixels
    page: Pixels
    quads: Quads

    @cached_property
    def leaves_picture(self) -> bool:
        """Whether there is a sheet with a side out of the picture, and the text is on it: else it is a part of one."""
        if self.sheet is None or self.sheet.whole:
            return False
        return bool(self.on_sheet.size) and float(self.on_sheet.mean()) > _ON_SHEET

    @cached_property
    def on_sheet(self) -> NDArray[np.bool_]:
        """Which of the long boxes lie on the sheet, in a picture that was not rectified."""
        middles = measures.long_boxes(self.quads).mean(axis=1)
        if self.sheet is None:
            return np.ones(len(middles), bool)
        outline = self.sheet.corners.astype(np.float32)
        return np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in middles], bool)

    @cached_property
    def crops(self) -> list[measures.Grey]:
        """The longest lines of text."""
        return measures.line_crops(measures.grey(self.flat), self.quads)

    @cached_property
    def text_sharpness(self) -> float:
        """Of the line in the middle between the sharpest and the softest."""
        return float(np.median([measures.sharpness(crop) for crop in self.crops]))

    @cached_property
    def reflection(self) -> Reflection:
        """The largest one that interrupts text; none is looked for where the sheet is not alone in the picture."""
        if self.sheet is None or not self.sheet.whole:
            return Reflection(0.0, 0)
        return largest_reflection(self.flat, self.quads)


def refuse_by_light(photo: Pixels, *, from_camera: bool = True) -> None:
    """Refused as `too_small`, `too_dark` or `over_exposed`, a blank page as `not_a_document`.

    White all over is too much light in a photograph; in a PDF it is a blank page.
    """
    height, width = photo.shape[:2]
    if max(height, width) < MIN_LONG_SIDE or min(height, width) < MIN_SHORT_SIDE:
        raise Refused("too_small")
    dark, light, lightest = np.percentile(measures.small_grey(photo, 500), (0.5, 95, 99.5))
    if lightest - dark < _BLANK:
        raise Refused("over_exposed" if dark > _PALE and from_camera else "not_a_document")
    if light < _DARK and lightest < _DIM:
        raise Refused("too_dark")
    if dark > _PALE:
        raise Refused("over_exposed")


def refuse_by_text(look: Look, expected: KindName | None = None) -> None:
    """Refused when the text found, or its absence, says that there is nothing to be gained from reading it."""
    lines = measures.long_boxes(look.quads)
    running = len(measures.long_boxes(look.quads, _RUNNING))
    if len(lines) < _FEW_LINES or (running < _FEW_LINES and len(lines) < _FEW_OF_ALL * len(look.quads)):
        raise Refused(_without_text(look))
    if min(look.photo.shape[:2]) >= _LOOKS_AT_SCREENS:
        corners = look.sheet.corners if look.sheet else None
        if measures.screen_lattice(look.photo, corners) > _SCREEN:
            raise Refused("photo_of_screen")
    if _is_cut(look):
        raise Refused("cut_off")
    if float(np.median([measures.contrast(crop) for crop in look.crops])) < _FAINT:
        raise Refused(_why_faint(look))
    if float(np.median(measures.line_heights(lines))) < _LEGIBLE_HEIGHT:
        raise Refused("too_small")
    if look.text_sharpness < _SHARP:
        raise Refused("blurred")
    if look.reflection.share > _REFLECTION and look.reflection.interrupted >= _INTERRUPTED:
        raise Refused("glare")
    _refuse_other_side(id_side(look.flat, look.quads) if look.sheet else None, expected)


def refuse_by_reading(
    look: Look, lines: list[Line], kind: Kind | None, facts: Facts | None, expected: KindName | None = None
) -> None:
    """The last gate: the other side of the card, or what was let through and then could not be read.

    A defect too small to be sure of counts once something needed is missing or doubtful; without one, what was not read
    is asked.
    """
    characters = [probability for line in lines for probability in line.characters]
    if kind is None and len(characters) < _FEW_CHARACTERS:
        raise Refused(_without_text(look))
    _refuse_other_side(kind.name if kind else None, expected)
    if characters and float(np.mean(characters)) < _READ_BADLY:
        raise Refused(_why_illegible(look))
    gaps = _find_gaps(kind, facts)
    if gaps:
        _refuse_by_defect(look, gaps)


def _refuse_by_defect(look: Look, gaps: frozenset[Gap]) -> None:
    """What is wrong with the picture, if anything is, where something was not read of it."""
    if look.leaves_picture and gaps != {"uncertain"}:
        raise Refused("cut_off")
    if _reflects(look.reflection, gaps):
        raise Refused("glare")
    if "missing" in gaps and measures.fading_share(look.crops) > _FADING:
        raise Refused("glare")
    if gaps & {"missing", "doubtful"} and look.text_sharpness < _SOFT:
        raise Refused("blurred")


def _reflects(reflection: Reflection, gaps: frozenset[Gap]) -> bool:
    """Whether the reflection may have hidden it: a large one in any case, a small one where it interrupts lines."""
    if reflection.share > _REFLECTION:
        return reflection.interrupted > 0
    certain = gaps != {"uncertain"} and ("missing" in gaps or reflection.interrupted > 1)
    return certain and reflection.share > _SMALL_REFLECTION


def _find_gaps(kind: Kind | None, facts: Facts | None) -> frozenset[Gap]:
    """Whether something needed is `missing` or `doubtful`, whether the document is `unusual` for what it lacks, and
    whether some of what most have is `uncertain`."""
    if kind is None or facts is None:
        return frozenset({"missing"})
    needed = [facts.fields.get(name) for name in _NEEDED.get(kind.name, ())]
    gaps: set[Gap] = set()
    if None in needed or (kind.name == "bank_statement" and not facts.rows):
        gaps.add("missing")
    if any(field is not None and field.confidence < _DOUBTFUL for field in needed):
        gaps.add("doubtful")
    usual = [facts.fields.get(name) for name in _USUAL.get(kind.name, ())]
    if None in usual:
        gaps.add("unusual")
    if any(field is not None and field.confidence < _DOUBTFUL for field in usual):
        gaps.add("uncertain")
    return frozenset(gaps)


def _refuse_other_side(kind: KindName | None, expected: KindName | None) -> None:
    if {kind, expected} == {"id_card_front", "id_card_back"}:
        raise Refused("wrong_side")


def _without_text(look: Look) -> str:
    """Why there is no text: a sheet has some, if only one could see it."""
    vague = _is_vague(look)
    if measures.burnt_share(look.photo) > _BURNT:
        # Print out of focus leaves a haze, too much light leaves nothing.
        return "blurred" if vague else "over_exposed"
    if measures.has_tiny_print(look.photo) or measures.has_small_sheet(look.photo):
        return "too_small"
    # Where single characters are seen, the keys of a dark keyboard, there is light enough.
    if len(look.quads) < _FEW_CHARACTERS and float(np.percentile(measures.small_grey(look.photo, 500), 95)) < _DIM:
        return "too_dark"
    if vague:
        return "blurred"
    unsharp = measures.picture_sharpness(look.photo) < _SHARP_PICTURE
    return "blurred" if unsharp and _has_vague_sheet(look.photo) else "not_a_document"


def _why_illegible(look: Look) -> str:
    """What looked like lines and can't be read: sharp, it is a pattern."""
    if measures.has_tiny_print(look.photo):
        return "too_small"
    return "blurred" if look.text_sharpness < _CRISP or _is_vague(look) else "not_a_document"


def _is_vague(look: Look) -> bool:
    """Whether the whole sheet is there with marks on it, which a blank one has not."""
    return look.sheet is not None and look.sheet.whole and measures.vague_marks(look.page) > _MARKED


def _why_faint(look: Look) -> str:
    """Little between ink and paper: no light, too much of it, or both smeared into each other."""
    if float(np.percentile(look.flat[::8, ::8], 75)) < _HALF_LIGHT:
        return "too_dark"
    if measures.picture_sharpness(look.photo) < _SHARP_PICTURE:
        return "blurred"
    return "over_exposed" if measures.burnt_share(look.photo) > _BURNT / 2 else "not_a_document"


def _has_vague_sheet(photo: Pixels) -> bool:
    """Soft sides are straight lines again when looked at from afar."""
    scale = 240 / max(photo.shape[:2])
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sheet = find_sheet(np.asarray(small, np.uint8))
    return sheet is not None and sheet.whole


def _is_cut(look: Look) -> bool:
    """Whether text runs into the border of the picture."""
    if look.sheet and look.sheet.whole:
        return False
    height, width = look.flat.shape[:2]
    lines = measures.long_boxes(look.quads)
    sides = np.concatenate([lines, np.array([width, height]) - lines], axis=2).min(axis=1)
    touching = sides < _TOUCHING * max(width, height)
    left, top, right, bottom = touching.any(axis=0)
    if int(touching.any(axis=1).sum()) >= _MANY_CUT:
        # What runs out on all sides is what the document lies on: a keyboard.
        return not (left and right and (top or bottom))
    touching = touching.any(axis=1)
    return look.leaves_picture and bool((touching & look.on_sheet).any())
