"""A document shown on a monitor, laptop or phone and photographed from it: bezel, glow, pixel grid, moiré."""

import cv2
import numpy as np
from numpy.typing import NDArray

from e2e.bench.documents.camera import Points
from e2e.bench.documents.scenes import Dice, Picture


def on_a_screen(paper: Picture, dice: Dice) -> Picture:
    """The picture as a viewer shows it, within the bezel of a monitor."""
    height, width = paper.shape[:2]
    long_side = 1500
    factor = long_side / max(height, width)
    shown = cv2.resize(paper, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    side, above = int(dice.uniform(60, 420)), int(dice.uniform(60, 160))
    bezel = int(dice.uniform(26, 60))
    tall, wide = shown.shape[0] + 2 * above, shown.shape[1] + 2 * side
    level = int(dice.choice([24, 44, 228]))
    desk = np.full((tall, wide, 3), level, np.uint8)
    desk[: above // 2] = np.clip(level + 26, 0, 240)
    for index in range(3):
        cv2.circle(desk, (26 + 34 * index, above // 4), 10, ((255, 96, 90), (250, 190, 60), (60, 200, 90))[index], -1)
    desk[above : above + shown.shape[0], side : side + shown.shape[1]] = shown
    return np.asarray(
        cv2.copyMakeBorder(desk, bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT, value=(16, 16, 18)), np.uint8
    )


def emit(photo: Picture, matrix: Points, size: tuple[int, int], dice: Dice) -> Picture:
    """The light of the screen: red, green and blue stripes under each pixel, and their beat with the sensor's grid.

    `matrix` takes the screen picture, `size` px, to the photo; a pixel of it spans `pitch` of the photo's there.
    """
    height, width = photo.shape[:2]
    back = np.linalg.inv(matrix)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    weight = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / weight
    v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / weight
    inside = ((u > 0) & (u < size[0]) & (v > 0) & (v < size[1])).astype(np.float32)[..., None]
    density = _density(matrix, dice, size)
    depth = dice.uniform(0.13, 0.26)
    scene = photo.astype(np.float32)
    glow = 14 + scene * 0.93
    stripes: NDArray[np.float32] = np.empty((height, width, 3), np.float32)
    rows = np.cos(2 * np.pi * v * density)
    for channel in range(3):
        stripes[..., channel] = 1 + depth * np.cos(2 * np.pi * (u * density - channel / 3)) + 0.6 * depth * rows
    lit = glow * stripes * np.array([0.95, 1.0, 1.08], np.float32)
    mixed: Picture = np.clip(scene * (1 - inside) + lit * inside, 0, 255).astype(np.uint8)
    return mixed


def _density(matrix: Points, dice: Dice, size: tuple[int, int]) -> float:
    """Screen pixels per pixel of the picture, so that one spans 0.9–1.15 (beats with the sensor) or 2–3 px (seen)."""
    centre = np.array([[[size[0] / 2, size[1] / 2]], [[size[0] / 2 + 10, size[1] / 2]]], np.float64)
    one, other = cv2.perspectiveTransform(centre, matrix).reshape(2, 2)
    scale = float(np.hypot(*(other - one))) / 10
    pitch = dice.uniform(0.9, 1.15) if dice.random() < 0.6 else dice.uniform(2.0, 3.2)
    return scale / pitch
