"""Which side of a resident identity card lies there, told from its layout alone.

The back has the red emblem at the upper left and nothing where the portrait would be; the front has one long number at
the lower right and no red. Places are fractions of the card (GA 448-2013), so the card must have been rectified.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.measures import Quads

_CARD = 85.6 / 54
_CARD_WITHIN = 0.08
_EMBLEM = (0.08, 0.11, 0.25, 0.39)
_TITLE = (0.33, 0.08, 1.0, 0.45)
_NUMBER = (0.30, 0.78, 1.0, 0.98)
_RED_EMBLEM, _RED_ELSEWHERE = 0.42, 0.12


def id_side(page: NDArray[np.uint8], quads: Quads) -> Literal["id_card_front", "id_card_back"] | None:
    """None when it is not clear, or no card at all; a card on its head is recognised too, one on its side is not."""
    height, width = page.shape[:2]
    if abs(width / height / _CARD - 1) > _CARD_WITHIN:
        return None
    small = np.asarray(cv2.resize(page, (172, 108), interpolation=cv2.INTER_AREA), np.uint8)
    boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1) / np.array([width, height, width, height])
    for turned in (False, True):
        if turned:
            small, boxes = small[::-1, ::-1], 1 - boxes[:, [2, 3, 0, 1]]
        emblem = _red_within(small, _EMBLEM) > _RED_EMBLEM and _red_within(small, (0.5, 0.5, 1.0, 1.0)) < _RED_ELSEWHERE
        if emblem and len(_boxes_within(boxes, _TITLE)):
            return "id_card_back"
        numbers = _boxes_within(boxes, _NUMBER)
        wide = numbers[:, 2] - numbers[:, 0] > 0.45 if len(numbers) else np.zeros(0, bool)
        if wide.any() and _red_within(small, _EMBLEM) < 0.05 and not len(_boxes_within(boxes, (0.66, 0.1, 1.0, 0.65))):
            return "id_card_front"
    return None


def _red_within(card: NDArray[np.uint8], place: tuple[float, float, float, float]) -> float:
    height, width = card.shape[:2]
    rows, columns = (slice(round(place[i] * size), round(place[i + 2] * size)) for i, size in ((1, height), (0, width)))
    hue, saturation, value = cv2.split(cv2.cvtColor(np.ascontiguousarray(card[rows, columns]), cv2.COLOR_BGR2HSV))
    return float((((hue < 10) | (hue > 168)) & (saturation > 90) & (value > 60)).mean())


def _boxes_within(boxes: NDArray[np.float64], place: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Boxes whose middle is within."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    return np.asarray(boxes[(x > place[0]) & (x < place[2]) & (y > place[1]) & (y < place[3])])
