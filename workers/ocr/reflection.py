"""Reflections: where a lamp has left nothing of the print.

White paper under a lamp is only a few percent brighter than beside it, so the paper's light is fitted by a smooth
surface over the page and what stands above it is looked at. A lit part beside a shadow is brighter on one side only,
and has ink in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.images import Pixels, shrink_to
from workers.ocr.measures import Quads, grey, line_heights

_SCALE = 1 / 8
_BRIGHTER, _LEAST, _INK_IN_IT = 0.02, 0.003, 0.1
_CORE, _DARKER_AROUND, _ALL_AROUND, _NO_PAPER, _SURROUNDED = 0.5, 0.003, 0.7, 0.5, 0.4

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reflection:
    """`share` of the area that holds text is covered; `interrupted` ends of lines stand at its rim."""

    share: float
    interrupted: int


def largest_reflection(page: Pixels, quads: Quads) -> Reflection:
    """The one that covers most of those with text up to their rim; nothing when there is none."""
    paper = _without_print(grey(shrink_to(page, round(max(page.shape) * _SCALE))))
    light = np.log(np.maximum(paper, 4).astype(np.float32))
    above, spread = _above_surface(light)
    print_ = _Print(quads * _SCALE, light.shape)
    found = [Reflection(0.0, 0)]
    for blob in _blobs(above > max(_BRIGHTER, 2.5 * spread)):
        core = _core(blob)
        covered = float(print_.boxes[core].sum()) > _INK_IN_IT * float(core.sum())
        if not covered and print_.count_within(core) <= 1 and _stands_out(light, blob):
            found.append(print_.interrupted_by(blob))
    return max(found, key=lambda reflection: reflection.share if reflection.interrupted else 0.0)


class _Print:
    """Boxes of text at the scale that is looked at."""

    def __init__(self, quads: Quads, shape: tuple[int, ...]) -> None:
        self.boxes = np.zeros(shape, np.uint8)
        for box in quads:
            inner = (box - box.mean(axis=0)) * 0.8 + box.mean(axis=0)
            cv2.fillConvexPoly(self.boxes, inner.round().astype(np.int32), 1)
        ends = np.concatenate([(quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2])
        last = np.array(shape[::-1]) - 1
        self._ends, self._middles = (p.round().astype(int).clip(0, last) for p in (ends, quads.mean(axis=1)))
        em = int(0.8 * float(np.median(line_heights(quads))))
        self._around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * em + 1, 2 * em + 1))
        # The margins around the text are apart from it: a pale card beside its portrait is no reflection.
        (left, top), (right, bottom) = quads.min(axis=(0, 1)).clip(0), quads.max(axis=(0, 1))
        self._extent = np.s_[int(top) : max(int(bottom), int(top) + 1), int(left) : max(int(right), int(left) + 1)]

    def count_within(self, place: Mask) -> int:
        """How many boxes have their middle there."""
        return int(place[self._middles[:, 1], self._middles[:, 0]].sum())

    def interrupted_by(self, blob: Mask) -> Reflection:
        """How much of the print's extent it covers, and how many lines end at it."""
        rim = cv2.dilate(blob.astype(np.uint8), self._around)
        return Reflection(float(blob[self._extent].mean()), int(rim[self._ends[:, 1], self._ends[:, 0]].sum()))


def _without_print(channel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    closed = cv2.morphologyEx(channel, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), 1.2), np.uint8)


def _blobs(bright: Mask) -> Iterator[Mask]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    opened = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_OPEN, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] >= _LEAST * opened.size:
            yield labels == label


def _core(blob: Mask) -> Mask:
    """Without its rim, where a reflection fades and print still shows through."""
    depth = cv2.distanceTransform(np.pad(blob.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return np.asarray(depth > _CORE * depth.max())


def _stands_out(light: NDArray[np.float32], blob: Mask) -> bool:
    """Whether the paper is darker nearly all around and nowhere brighter: beside a shadow it is on one side only, and
    the sheet may end on the others."""
    reach = 2 * max(2, round(0.2 * float(np.sqrt(blob.sum())))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    whole_ring = cv2.dilate(np.pad(blob.astype(np.uint8), reach), disc).sum() - blob.sum()
    around = light[(cv2.dilate(blob.astype(np.uint8), disc) > 0) & ~blob]
    if not around.size:
        return False
    difference = float(np.median(light[blob])) - around
    # What is much darker is a portrait or print, not paper.
    paper = difference[difference < _NO_PAPER]
    if paper.size < _SURROUNDED * whole_ring or float(np.percentile(paper, 5)) < -_BRIGHTER:
        return False
    return float((paper > _DARKER_AROUND).mean()) > _ALL_AROUND


def _above_surface(light: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """What stands above the quadratic surface through most of it, the rim set to 0; and how much is ordinary."""
    height, width = light.shape
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    inner = ((np.abs(x) < 0.47) & (np.abs(y) < 0.47)).ravel()
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1).reshape(-1, 6)
    values = light.ravel().astype(np.float64)
    weights = inner * (np.abs(values - np.median(values[inner])) < 0.5)
    above, spread = values, 1.0
    for _ in range(5):
        # By the normal equations: six unknowns from tens of thousands of pixels are well conditioned.
        weighted = (terms * weights[:, None]).T
        above = values - terms @ np.linalg.lstsq(weighted @ weighted.T, weighted @ (values * weights), rcond=None)[0]
        spread = max(1.4826 * float(np.median(np.abs(above[inner]))), 0.006)
        # What is above is let go sooner than what is below: it is what is looked for.
        reach = np.where(above > 0, 2.5, 4.0) * spread
        weights = inner * np.clip(1 - (above / reach) ** 2, 0, 1)
    return (above * inner).reshape(light.shape).astype(np.float32), spread
