"""What lies under and around a document: tables, cloth, clutter. And scenes without any document."""

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]  # height × width × 3, red first
Dice: TypeAlias = np.random.Generator


def _noise(dice: Dice, width: int, height: int, cell_x: float, cell_y: float) -> NDArray[np.float32]:
    """Smooth noise of about unit deviation whose grains are `cell_x` × `cell_y` px."""
    shape = (max(2, int(height / cell_y)), max(2, int(width / cell_x)))
    grains = dice.normal(0, 1, shape).astype(np.float32)
    return np.asarray(cv2.resize(grains, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _tinted(base: tuple[float, float, float], shade: NDArray[np.float32]) -> Picture:
    colours = np.asarray(base, np.float32) * (1 + shade[..., None])
    return np.clip(colours, 0, 255).astype(np.uint8)


def wood(dice: Dice, width: int, height: int) -> Picture:
    """Boards with grain along their length."""
    base = ((168, 120, 78), (120, 78, 48), (206, 170, 124), (88, 60, 44))[dice.integers(4)]
    y = np.arange(height, dtype=np.float32)[:, None]
    grain = 0.05 * _noise(dice, width, height, width / 3, 3) + 0.06 * _noise(dice, width, height, width / 2, 14)
    rings = 0.05 * np.sin((y + 26 * _noise(dice, width, height, width / 2, height / 3)) / dice.uniform(5, 14))
    board = height / dice.integers(2, 5)
    steps = np.floor(y / board)
    tone = 0.05 * np.sin(steps * 12.9)
    seams = -0.35 * (np.abs(y / board - np.round(y / board)) * board < 1.5)
    return _tinted(base, (grain + rings + tone + seams).astype(np.float32))


def cloth(dice: Dice, width: int, height: int) -> Picture:
    """Woven fabric with folds."""
    base = tuple(float(v) for v in dice.integers(70, 225, 3))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch = dice.uniform(4, 9)
    weave = 0.05 * np.sin(2 * np.pi * x / pitch) * np.sin(2 * np.pi * y / pitch)
    folds = 0.13 * _noise(dice, width, height, width / 4, height / 2)
    return _tinted((base[0], base[1], base[2]), weave + folds + 0.03 * _noise(dice, width, height, 3, 3))


def marble(dice: Dice, width: int, height: int) -> Picture:
    """Polished stone with veins."""
    base = ((226, 224, 220), (96, 98, 102), (198, 188, 174))[dice.integers(3)]
    turbulence = sum(_noise(dice, width, height, width / k, width / k) / k for k in (3, 7, 15, 31))
    veins = -0.22 * np.exp(-np.abs(np.asarray(turbulence)) * 16) + 0.025 * np.asarray(turbulence)
    return _tinted(base, veins.astype(np.float32))


def laminate(dice: Dice, width: int, height: int) -> Picture:
    """An office table: plain, any colour from white to black."""
    level = float(dice.choice([48, 90, 140, 190, 216]))
    base = (level + dice.uniform(-8, 10), level + dice.uniform(-6, 6), level + dice.uniform(-14, 6))
    return _tinted(base, 0.03 * _noise(dice, width, height, 3, 3) + 0.05 * _noise(dice, width, height, 500, 500))


def carpet(dice: Dice, width: int, height: int) -> Picture:
    """Coarse pile."""
    base = tuple(float(v) for v in dice.integers(50, 150, 3))
    pile = 0.16 * _noise(dice, width, height, 4, 4) + 0.1 * _noise(dice, width, height, 9, 9)
    return _tinted((base[0], base[1], base[2]), pile)


def keyboard(dice: Dice, width: int, height: int) -> Picture:
    """Keys around, as beside a laptop."""
    body, key = ((40, 42, 46), (24, 25, 28)) if dice.random() < 0.6 else ((190, 192, 196), (232, 233, 236))
    picture = np.full((height, width, 3), body, np.uint8)
    side = int(dice.uniform(90, 150))
    for row, y in enumerate(range(-side // 2, height, side + 14)):
        for x in range(-(row * 37) % side - side, width, side + 14):
            cv2.rectangle(picture, (x, y), (x + side, y + side), key, -1)
            cv2.rectangle(picture, (x, y), (x + side, y + side), tuple(int(c * 0.8) for c in key), 3)
            letter = chr(int(dice.integers(65, 91)))
            ink = (210, 210, 214) if key[0] < 100 else (70, 70, 76)
            cv2.putText(picture, letter, (x + side // 4, y + side // 2), cv2.FONT_HERSHEY_SIMPLEX, side / 75, ink, 2)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.2), np.uint8)


def clutter(dice: Dice, width: int, height: int) -> Picture:
    """A table with a pen, a cup and books at the edges."""
    picture = laminate(dice, width, height) if dice.random() < 0.5 else wood(dice, width, height)
    for _ in range(dice.integers(3, 7)):
        centre = dice.uniform(0, 1, 2) * (width, height)
        # What lies about keeps to the edges, where the camera was not aimed.
        edge = dice.integers(4)
        centre[edge // 2] = (edge % 2) * (width, height)[edge // 2]
        colour = tuple(int(v) for v in dice.integers(30, 235, 3))
        if dice.random() < 0.4:
            cv2.circle(
                picture,
                (int(centre[0]), int(centre[1])),
                int(dice.uniform(0.06, 0.16) * width),
                colour,
                -1,
                cv2.LINE_AA,
            )
        else:
            size = dice.uniform(0.03, 0.3, 2) * width
            box = cv2.boxPoints(((centre[0], centre[1]), (size[0], size[1]), dice.uniform(0, 180)))
            cv2.fillConvexPoly(picture, box.astype(np.int32), colour, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.6), np.uint8)


BACKGROUNDS: dict[str, Callable[[Dice, int, int], Picture]] = {
    "wood": wood, "cloth": cloth, "marble": marble, "laminate": laminate, "carpet": carpet, "keyboard": keyboard,
    "clutter": clutter,
}  # fmt: skip


def landscape(dice: Dice, width: int, height: int) -> Picture:
    """Sky, hills and grass."""
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = np.array([118, 168, 226], np.float32) * (1 - y) + np.array([226, 234, 242], np.float32) * y
    picture = np.broadcast_to(sky, (height, width, 3)).copy()
    clouds = np.clip(_noise(dice, width, height, width / 5, height / 9), 0, 2)[..., None] * 22
    picture += clouds
    x = np.arange(width, dtype=np.float32)
    for depth in range(4):
        ridge = height * (0.45 + 0.13 * depth + 0.06 * np.sin(x / dice.uniform(90, 420) + dice.uniform(0, 6)))
        ridge += height * 0.02 * _noise(dice, width, 1, 40, 1)[0]
        below = np.arange(height)[:, None] > ridge[None, :]
        tone = np.array([70 - 8 * depth, 118 - 12 * depth, 84 - 14 * depth], np.float32)
        speckle = 1 + 0.15 * _noise(dice, width, height, 5, 5)[..., None]
        picture = np.where(below[..., None], tone * speckle, picture)
    return np.clip(picture, 0, 255).astype(np.uint8)


def face(dice: Dice, width: int, height: int) -> Picture:
    """A person in front of the camera, roughly."""
    picture = laminate(dice, width, height)
    middle, size = (
        (int(width * dice.uniform(0.4, 0.6)), int(height * 0.45)),
        min(width, height) * dice.uniform(0.2, 0.3),
    )
    skin, hair, cloth_ = (222, 184, 160), (40, 34, 34), tuple(int(v) for v in dice.integers(40, 200, 3))
    cv2.ellipse(picture, (middle[0], height), (int(size * 1.9), int(size * 1.5)), 0, 0, 360, cloth_, -1, cv2.LINE_AA)
    cv2.ellipse(
        picture,
        (middle[0], int(middle[1] - size * 0.2)),
        (int(size), int(size * 1.25)),
        0,
        0,
        360,
        hair,
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(picture, middle, (int(size * 0.8), int(size * 1.1)), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (int(middle[0] + side * size * 0.32), int(middle[1] - size * 0.1))
        cv2.ellipse(picture, eye, (int(size * 0.12), int(size * 0.06)), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
        cv2.circle(picture, eye, int(size * 0.05), (50, 36, 30), -1, cv2.LINE_AA)
    cv2.ellipse(
        picture,
        (middle[0], int(middle[1] + size * 0.55)),
        (int(size * 0.25), int(size * 0.1)),
        0,
        0,
        180,
        (178, 92, 92),
        6,
        cv2.LINE_AA,
    )
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)


def blank_paper(dice: Dice, width: int, height: int) -> Picture:
    """A sheet with nothing on it, on a table."""
    picture = wood(dice, width, height) if dice.random() < 0.5 else cloth(dice, width, height)
    box = cv2.boxPoints(((width / 2, height / 2), (width * 0.68, height * 0.7), dice.uniform(-12, 12))).astype(np.int32)
    cv2.fillConvexPoly(picture, box, (244, 243, 239), cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8)


SCENES: dict[str, Callable[[Dice, int, int], Picture]] = {
    "landscape": landscape, "face": face, "blank_paper": blank_paper, **BACKGROUNDS,
}  # fmt: skip
