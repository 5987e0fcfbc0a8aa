"""Whether a picture can be read, told before any of its text is recognised, and once more after.

The order is from what spoils the whole picture to what spoils its text: of several reasons, the first is the one that
has to be put right first. A picture that can be read is let through, however ugly.
"""

from dataclasses import dataclass

import numpy as np

from workers.ocr import measures
from workers.ocr.geometry import Sheet
from workers.ocr.images import Pixels
from workers.ocr.kinds.kind import Kind
from workers.ocr.layout import Line
from workers.ocr.measures import Quads
from workers.ocr.quality import Refused
from workers.ocr.reading import KindName
from workers.ocr.sides import id_side

MIN_LONG_SIDE, MIN_SHORT_SIDE = 480, 240

# Calibrated on the samples of e2e/bench/documents and on ../shared/data/ocr; figures are those of workers.ocr.measures.
_DARK, _DIM = 40.0, 70.0
_PALE = 225.0
_BLANK = 4.0
_FAINT = 16.0
_SHARP = 0.165
_SHARP_PICTURE = 14.0
_LEGIBLE_HEIGHT = 9.0
_BURNT_TEXT, _BURNT_CARD = 0.06, 0.05
_SCREEN = 1.6
_TOUCHING = 0.004
_FEW_LINES = 2
_FEW_CHARACTERS = 8
_READ_BADLY = 0.6


@dataclass(frozen=True, slots=True)
class Look:
    """A page before recognition: as decoded, its sheet if found, as rectified, with even light, and its text boxes."""

    photo: Pixels
    sheet: Sheet | None
    flat: Pixels
    page: Pixels
    quads: Quads


def refuse_by_light(photo: Pixels) -> None:
    """Refused as `too_small`, `too_dark` or `over_exposed`, a blank sheet as `not_a_document`."""
    height, width = photo.shape[:2]
    if max(height, width) < MIN_LONG_SIDE or min(height, width) < MIN_SHORT_SIDE:
        raise Refused("too_small")
    dark, light, lightest = np.percentile(measures.small_grey(photo, 500), (0.5, 95, 99.5))
    if lightest - dark < _BLANK:
        raise Refused("not_a_document")
    if light < _DARK:
        raise Refused("too_dark")
    if dark > _PALE:
        raise Refused("over_exposed")


def refuse_by_text(look: Look, expected: KindName | None = None) -> None:
    """Refused when the text found, or its absence, says that there is nothing to be gained from reading it."""
    if measures.grid_peak(measures.grey(look.photo)) > _SCREEN:
        raise Refused("photo_of_screen")
    if len(look.quads) < _FEW_LINES:
        raise Refused(_without_text(look))
    if _is_cut(look):
        raise Refused("cut_off")
    grey = measures.grey(look.flat)
    crops = measures.line_crops(grey, look.quads)
    paper = float(np.percentile(grey[::8, ::8], 75))
    if float(np.median([measures.contrast(crop) for crop in crops])) < _FAINT:
        raise Refused("too_dark" if paper < 128 else "over_exposed")
    if measures.burnt_text(look.flat, look.quads) > _BURNT_TEXT:
        raise Refused("glare")
    if float(np.median(measures.line_heights(look.quads))) < _LEGIBLE_HEIGHT:
        raise Refused("too_small")
    if float(np.median([measures.sharpness(crop) for crop in crops])) < _SHARP:
        raise Refused("blurred")
    _refuse_other_side(id_side(look.flat, look.quads) if look.sheet else None, expected)


def refuse_by_reading(lines: list[Line], kind: Kind | None, expected: KindName | None = None) -> None:
    """The last gate: what was let through and then could not be read, or is the other side of the card."""
    characters = [probability for line in lines for probability in line.characters]
    if kind is None and len(characters) < _FEW_CHARACTERS:
        raise Refused("not_a_document")
    if float(np.mean(characters)) < _READ_BADLY:
        raise Refused("blurred")
    _refuse_other_side(kind.name if kind else None, expected)


def _refuse_other_side(kind: KindName | None, expected: KindName | None) -> None:
    sides = {"id_card_front", "id_card_back"}
    if kind != expected and {kind, expected} == sides:
        raise Refused("wrong_side")


def _without_text(look: Look) -> str:
    """Why there is no text: a sheet there is has some, if only one could see it."""
    dark, light = np.percentile(measures.small_grey(look.photo, 500), (5, 95))
    if light < _DIM:
        return "too_dark"
    if dark > _PALE:
        return "over_exposed"
    if look.sheet and measures.picture_sharpness(look.photo) < _SHARP_PICTURE:
        return "blurred"
    return "not_a_document"


def _is_cut(look: Look) -> bool:
    """Whether text runs into the border of the picture."""
    height, width = look.flat.shape[:2]
    if look.sheet and look.sheet.whole:
        return False
    size = np.array([width, height])
    near = np.minimum(look.quads, size - look.quads).min(axis=(1, 2))
    touching = int((near < _TOUCHING * max(width, height)).sum())
    return touching >= (1 if look.sheet else 3)
