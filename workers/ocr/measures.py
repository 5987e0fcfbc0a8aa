"""What a picture is like, in numbers: small functions of pixels and boxes, each one figure. What they mean for a
document is said in `workers.ocr.quality`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # height × width × 3, blue first
Grey = NDArray[np.uint8]
Quads = NDArray[np.float64]

_CROP_HEIGHT, _CROP_WIDTH = 32, 256
_BOXES_LOOKED_AT = 24
_TILE = 256
_TILES = 6


def grey(image: Pixels) -> Grey:
    """The brightness."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def small_grey(image: Pixels, long_side: int = 1000) -> Grey:
    """The brightness, at most so large."""
    scale = long_side / max(image.shape)
    if scale >= 1:
        return grey(image)
    return grey(np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8))


def picture_sharpness(image: Pixels) -> float:
    """The upper tail of the Laplacian, not its variance: a sharp card on a plain table has few edges, but hard ones."""
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(small_grey(image), (3, 3), 0), cv2.CV_32F))
    return float(np.percentile(edges, 99.5))


def line_heights(quads: Quads) -> NDArray[np.float64]:
    """The shorter side of each box in pixels: about one and a half times the height of its characters."""
    across, down = np.hypot(*(quads[:, 1] - quads[:, 0]).T), np.hypot(*(quads[:, 3] - quads[:, 0]).T)
    return np.asarray(np.minimum(across, down))


def line_crops(grey: Grey, quads: Quads) -> list[Grey]:
    """Lines of text at one height, upright ones laid down: the longest ones, at most two dozen."""
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
    ink, paper = np.percentile(crop, (4, 90))
    return float(paper - ink)


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
    return min(float(np.percentile(slope, 97)) for slope in slopes) / difference


def burnt_text(page: Pixels, quads: Quads) -> float:
    """The share of the area between the first and the last text, within one em of it, where light has left nothing.

    Nothing is left where it is brighter than paper is elsewhere, without colour and without ink. Paper that fills the
    picture evenly, in a scan or a screenshot, has nothing brighter than itself.
    """
    lowest = cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).min(axis=2)
    x, y = quads[..., 0] / 4, quads[..., 1] / 4
    area = lowest[max(int(y.min()), 0) : int(y.max()) + 1, max(int(x.min()), 0) : int(x.max()) + 1]
    if not area.size:
        return 0.0
    paper, brightest = np.percentile(area, (60, 99.7))
    if brightest < paper + _BRIGHTER:
        return 0.0
    mask = (area > brightest - _FLAT).astype(np.uint8)
    blob = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return float(blob.mean())


_BRIGHTER, _FLAT = 12.0, 8.0


def grid_peak(grey: Grey) -> float:
    """How far the sharpest peak off the axes of the spectrum stands above what surrounds it, in powers of ten.

    The grid of a screen's pixels, and the moiré it makes with the camera's, are lattices at an angle; lines of text and
    JPEG's blocks lie on the axes.
    """
    height, width = grey.shape
    tile = min(_TILE, height, width)
    window = np.outer(np.hanning(tile), np.hanning(tile)).astype(np.float32)
    total = np.zeros((tile, tile), np.float32)
    for y, x in zip(
        (np.linspace(0.1, 0.9, _TILES) * (height - tile)).astype(int),
        (np.linspace(0.1, 0.9, _TILES)[[2, 4, 0, 5, 1, 3]] * (width - tile)).astype(int),
        strict=True,
    ):
        piece = grey[y : y + tile, x : x + tile].astype(np.float32)
        piece = (piece - cv2.blur(piece, (15, 15))) * window
        power = np.abs(np.fft.fft2(piece)) ** 2
        total += power / max(float(power.mean()), 1e-6)
    spectrum = np.log10(np.fft.fftshift(total) / _TILES + 1e-4).astype(np.float32)
    around = cv2.medianBlur(spectrum, 5)
    above = cv2.GaussianBlur(spectrum, (3, 3), 0.7) - cv2.blur(around, (9, 9))
    v, u = np.mgrid[:tile, :tile] - tile // 2
    radius = np.hypot(u, v) / tile
    off_axis = (np.abs(u) > 4) & (np.abs(v) > 4) & (radius > 0.08) & (radius < 0.5)
    return float(above[off_axis].max())
