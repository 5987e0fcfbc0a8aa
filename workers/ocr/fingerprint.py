"""A perceptual hash of a photograph: the same picture sent again is near, whatever was done to its file.

Taken of the upright photo before anything is straightened, so that pose, light and background count: two different ID
cards share a layout, two photographs share nothing. A page without a background (a PDF, a screenshot) shares its
template with everybody's, and has none.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

BITS = 256
_SIDE = 64
_KEPT = 16
_PAPER = 24
_FLAT = 0.5


def take_fingerprint(pixels: NDArray[np.uint8]) -> str:
    """64 hexadecimal digits: the signs of the 16 × 16 lowest frequencies about their median (Zauner 2010, "pHash").

    Empty for a page without a background.
    """
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    if _is_flat(grey):
        return ""
    low = cv2.dct(grey.astype(np.float32))[:_KEPT, :_KEPT]
    return np.packbits(low > np.median(low)).tobytes().hex()


def _is_flat(grey: NDArray[np.uint8]) -> bool:
    """Whether the rim is one colour, as paper is that fills the page."""
    rim = np.concatenate([grey[:2].ravel(), grey[-2:].ravel(), grey[:, :2].ravel(), grey[:, -2:].ravel()])
    return bool(np.ptp(rim) < _PAPER)
