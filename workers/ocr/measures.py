"""What a picture is like, in numbers: small functions of pixels and boxes, each one figure. What they mean for a
document is said in `workers.ocr.quality`.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.images import Pixels, shrink_to

Grey = NDArray[np.uint8]
Quads = NDArray[np.float64]

_CROP_HEIGHT, _CROP_WIDTH = 32, 256
_BOXES_LOOKED_AT = 16
_BURNT = 252
_FROM_AFAR = 200
_TILE = 256
_TILES = ((0.2, 0.3), (0.75, 0.25), (0.5, 0.5), (0.25, 0.75), (0.8, 0.7))
_FADED = 0.45
_PRINT_INK, _PRINT_DENSITY, _PRINT_SIZE = 18.0, 10, (60, 700)
_SHEET_LIGHTER, _SHEET_AREA, _SQUARE_CUT, _BLANK_INK = 40.0, (0.007, 0.1), 0.85, 8.0
# A carpet has patches of forty marks, but is full of them, and grass of a thousand, but thinner.
_PRINT_ALONE, _PRINT_MARKS, _PRINT_MARKS_OF_MANY, _PRINT_DENSE, _PRINT_SHORT = 12.0, 11, 55, 0.06, 0.1


def grey(image: Pixels) -> Grey:
    """The brightness."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def small_grey(image: Pixels, long_side: int = 1000) -> Grey:
    """The brightness, at most so large."""
    return grey(shrink_to(image, long_side))


def picture_sharpness(image: Pixels) -> float:
    """The hardest edges there are, at 500 px; grain does not show there. What is out of focus has 9 to 17.

    The upper tail of the Laplacian, not its variance: a sharp card on a plain table has few edges, but hard ones.
    """
    return float(np.percentile(np.abs(cv2.Laplacian(small_grey(image, 500), cv2.CV_32F)), 99.5))


def vague_marks(page: Pixels) -> float:
    """How dark marks stand out of a sheet from afar, its rim left out: smeared lines do, a blank sheet has none."""
    small = small_grey(page, _FROM_AFAR)
    high, wide = (max(1, side // 12) for side in small.shape)
    marks = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((15, 15), np.uint8))[high:-high, wide:-wide]
    return float(np.percentile(marks, 98))


def burnt_share(image: Pixels) -> float:
    """How much of the picture is nothing but light."""
    lowest = image[::4, ::4].min(axis=2)
    return float((lowest >= _BURNT).mean())


def line_heights(quads: Quads) -> NDArray[np.float64]:
    """The shorter side of each box in pixels: about one and a half times the height of its characters."""
    across, down = np.hypot(*(quads[:, 1] - quads[:, 0]).T), np.hypot(*(quads[:, 3] - quads[:, 0]).T)
    return np.asarray(np.minimum(across, down))


def long_boxes(quads: Quads, aspect: float = 1.6) -> Quads:
    """Those with more than a character or two: the keys of a keyboard are text too."""
    across, down = np.hypot(*(quads[:, 1] - quads[:, 0]).T), np.hypot(*(quads[:, 3] - quads[:, 0]).T)
    return np.asarray(quads[np.maximum(across, down) > aspect * np.minimum(across, down)])


def line_crops(grey: Grey, quads: Quads) -> list[Grey]:
    """Lines of text at one height, upright ones laid down: the longest sixteen."""
    across, down = np.hypot(*(quads[:, 1] - quads[:, 0]).T), np.hypot(*(quads[:, 3] - quads[:, 0]).T)
    crops = []
    for index in np.argsort(-np.maximum(across, down))[:_BOXES_LOOKED_AT]:
        quad = quads[index] if across[index] >= down[index] else np.roll(quads[index], -1, axis=0)
        high, wide = sorted((across[index], down[index]))
        if high < 4:
            continue
        width = int(np.clip(wide / high * _CROP_HEIGHT, _CROP_HEIGHT, _CROP_WIDTH))
        # A longer line is cut, not squeezed.
        share = min(1.0, _CROP_WIDTH * high / (wide * _CROP_HEIGHT))
        ends = np.stack([quad[0], quad[3]]) + (np.stack([quad[1], quad[2]]) - np.stack([quad[0], quad[3]])) * share
        quad = np.stack([quad[0], ends[0], ends[1], quad[3]])
        crops.append(_flattened(grey, quad, width, high))
    return crops


def _flattened(grey: Grey, quad: NDArray[np.float64], width: int, high: float) -> Grey:
    """Sampled at a whole multiple of the wanted size and then averaged, so that large text does not alias."""
    times = max(1, round(high / _CROP_HEIGHT))
    size = (width * times, _CROP_HEIGHT * times)
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    crop = cv2.warpPerspective(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(crop, (width, _CROP_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def contrast(crop: Grey) -> float:
    """Between ink and paper, in grey levels."""
    return _percentile(crop, 90) - _percentile(crop, 4)


def sharpness(crop: Grey) -> float:
    """The steepest slopes, per pixel of a crop 32 px high, as a share of the contrast; of the direction where least.

    Defocus flattens all directions, a shake flattens one. A clean line has 0.35 and more; an edge spread by a Gaussian
    of σ pixels at this height has 0.4/σ.
    """
    soft = cv2.GaussianBlur(crop, (3, 3), 0.6).astype(np.float32)
    difference = max(contrast(crop), 8.0)
    slopes = [
        np.abs(soft[:, 2:] - soft[:, :-2]) / 2,
        np.abs(soft[2:] - soft[:-2]) / 2,
        np.abs(soft[2:, 2:] - soft[:-2, :-2]) / 2.83,
        np.abs(soft[2:, :-2] - soft[:-2, 2:]) / 2.83,
    ]
    return min(_percentile(slope, 97) for slope in slopes) / difference


def _percentile(values: NDArray[np.generic], percent: float) -> float:
    """The value that so many are below; a third of the time of NumPy's, which interpolates."""
    place = round(percent / 100 * (values.size - 1))
    return float(np.partition(values.ravel(), place)[place])


def fading_share(crops: Sequence[Grey]) -> float:
    """How many of the lines have ink at one end that is much paler than at the other: what reaches into a reflection.

    Shadows and falling light don't do that within a line.
    """
    faded = 0
    for crop in crops:
        third = crop.shape[1] // 3
        left, right = contrast(crop[:, :third]), contrast(crop[:, -third:])
        faded += min(left, right) < _FADED * max(left, right)
    return faded / max(len(crops), 1)


def screen_lattice(photo: Pixels, corners: NDArray[np.float64] | None = None) -> float:
    """How far peaks off the axes stand out of the spectrum, in powers of ten: twice that of the colour difference where
    they do so less, and half that of the brightness.

    The stripes under a screen's pixels, and the moiré they make with the camera's, are lattices at a slight angle, and
    coloured; lines of text, ruled lines and JPEG's blocks lie on the axes and are grey. Looked at within `corners`,
    where the sheet is: cloth is a lattice too.
    """
    totals = np.zeros((3, _TILE, _TILE // 2 + 1), np.float32)
    window = np.outer(np.hanning(_TILE), np.hanning(_TILE)).astype(np.float32)
    for tile in _tiles(photo, corners):
        # Balanced, so that what is grey under a warm lamp is grey.
        blue, green, red = cv2.split(tile / np.maximum(tile.mean(axis=(0, 1), dtype=np.float32), 1) * 128)
        channels = np.stack([(blue + green + red) / 3, blue - red, green - (blue + red) / 2])
        waves = [(channel - cv2.blur(channel, (31, 31))) * window for channel in channels]
        powers = np.abs(np.fft.rfft2(waves)) ** 2
        totals += powers / np.maximum(powers.mean(axis=(1, 2), keepdims=True), 1e-6)
    colour = min(_peak(totals[1], 2, 0.03), _peak(totals[2], 2, 0.03))
    return 2 * colour + _peak(totals[0], 4, 0.06) / 2


def _tiles(photo: Pixels, corners: NDArray[np.float64] | None) -> Iterator[Pixels]:
    height, width = photo.shape[:2]
    if corners is None:
        corners = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]) * (width, height)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(unit, corners.astype(np.float32))
    middles = cv2.perspectiveTransform(np.array(_TILES, np.float32)[:, None], matrix)[:, 0]
    for x, y in (middles - _TILE / 2).clip(0, [width - _TILE, height - _TILE]).astype(int):
        yield photo[y : y + _TILE, x : x + _TILE]


def _peak(power: NDArray[np.float32], off_axis: int, from_frequency: float) -> float:
    spectrum = np.log10(np.fft.fftshift(power, axes=0) / len(_TILES) + 1e-4).astype(np.float32)
    above = cv2.GaussianBlur(spectrum, (3, 3), 0.7) - cv2.blur(cv2.medianBlur(spectrum, 5), (9, 9))
    v, u = np.mgrid[-_TILE // 2 : _TILE // 2, : spectrum.shape[1]]
    radius = np.hypot(u, v) / _TILE
    looked_at = (u > off_axis) & (np.abs(v) > off_axis) & (radius > from_frequency) & (radius < 0.5)
    return float(above[looked_at].max())


def has_small_sheet(photo: Pixels) -> bool:
    """Whether there is one bright, square-cut patch with dark marks on it, too small to fill a tenth of the picture."""
    small = small_grey(photo, 500)
    middle, lightest = np.percentile(small, (50, 99.5))
    if lightest - middle < _SHEET_LIGHTER:
        return False
    bright = (small > (middle + lightest) / 2).astype(np.uint8)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    found = []
    for label in range(1, count):
        area = float(stats[label, cv2.CC_STAT_AREA])
        if not _SHEET_AREA[0] * small.size < area < _SHEET_AREA[1] * small.size:
            continue
        patch = (labels == label).astype(np.uint8)
        sides = cv2.minAreaRect(cv2.findNonZero(patch))[1]
        ink = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((7, 7), np.uint8))[
            cv2.erode(patch, np.ones((7, 7))) > 0
        ]
        found.append(
            area > _SQUARE_CUT * sides[0] * sides[1] and bool(ink.size) and np.percentile(ink, 95) > _BLANK_INK
        )
    return found == [True]


def has_tiny_print(photo: Pixels) -> bool:
    """Whether somewhere there is a small patch of many fine dark marks: a document far away."""
    image = grey(photo)
    fine = cv2.morphologyEx(image, cv2.MORPH_BLACKHAT, np.ones((7, 7), np.uint8))
    ink = (fine > max(_PRINT_INK, float(np.percentile(fine[::3, ::3], 98.5)))).astype(np.uint8)
    total = int(ink.sum())
    density = cv2.blur(cv2.resize(ink * 255, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), (9, 9))
    _, _, stats, _ = cv2.connectedComponentsWithStats((density > _PRINT_DENSITY).astype(np.uint8))
    for x, y, width, height, _ in stats[1:] * 4:
        if min(width, height) < _PRINT_SIZE[0] or max(width, height) > _PRINT_SIZE[1]:
            continue
        _, _, marks, _ = cv2.connectedComponentsWithStats(ink[y : y + height, x : x + width])
        wide, high, area = (marks[1:, what] for what in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
        # The grain of wood is long, and so is a cat's whisker.
        short = np.maximum(wide, high) < 3 * np.minimum(wide, high)
        count = int(short.sum()) if area[short].sum() > _PRINT_SHORT * area.sum() else 0
        here = float(ink[y : y + height, x : x + width].mean())
        elsewhere = (total - here * width * height) / (ink.size - width * height)
        alone = here > _PRINT_ALONE * elsewhere
        if count > _PRINT_MARKS if alone else count > _PRINT_MARKS_OF_MANY and here > _PRINT_DENSE:
            return True
    return False
