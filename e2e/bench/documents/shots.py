"""The conditions a document is photographed under: what a person can still read, and what nobody can.

Every limit is relative to the height of the characters that have to be read, as they stand in the picture the reader
works on (long side 2000 px at most). What lies between readable and unreadable is never made.
"""

from dataclasses import dataclass

import numpy as np

from e2e.bench.documents.camera import Glare, Points, Shot, place, place_box, project, text_height
from e2e.bench.documents.scenes import BACKGROUNDS, Dice
from e2e.bench.documents.sheet import Box, Sheet

FRAMES = ((2000, 1500), (2000, 1500), (2000, 1125), (1600, 1200), (1440, 1080), (1280, 960), (4000, 3000))
_FRAME_CHANCE = (0.46, 0.08, 0.12, 0.14, 0.1, 0.06, 0.04)
READABLE = 15.0
"""Height in px from which small print is read without effort."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the camera stands: frame size, homography, and how high the needed characters are, at most 2000 px wide."""

    frame: tuple[int, int]
    matrix: Points
    smallest: float
    largest: float


def aim(sheet: Sheet, dice: Dice, *, easy: bool = False) -> Aim:
    """A view that leaves the needed text readable; tried anew, nearer and larger, until it does."""
    landscape = sheet.width >= sheet.height
    attempt = 0
    while True:
        attempt += 1
        frame = FRAMES[dice.choice(len(FRAMES), p=_FRAME_CHANCE)] if attempt < 40 else FRAMES[0]
        # People turn the phone to fit the sheet, mostly.
        lying = landscape != (dice.random() < 0.18)
        frame = (max(frame), min(frame)) if lying else (min(frame), max(frame))
        view = 6.0 if easy else float(dice.choice([4.0, 10.0, 20.0]))
        roll = dice.normal(0, 2.5) if dice.random() < 0.85 else dice.uniform(-14, 14)
        fill = dice.uniform(0.55, 0.97) if attempt < 40 else 0.96
        matrix = project(dice, (sheet.width, sheet.height), frame, view=view, fill=fill, roll=roll)
        found = _aim(sheet, frame, matrix)
        # From attempt 40 on the sheet fills the largest frame: nearer nobody can go.
        if found.smallest >= READABLE or attempt > 60:
            return found


def aim_far(sheet: Sheet, dice: Dice) -> Aim:
    """From so far off, or with so few pixels, that the largest needed characters are 4–6 px high."""
    frame = (2000, 1500) if dice.random() < 0.5 else (int(dice.integers(260, 430)),) * 2
    frame = (frame[0], frame[0] * 3 // 4)
    near = _aim(
        sheet, frame, project(dice, (sheet.width, sheet.height), frame, view=8, fill=0.9, roll=dice.normal(0, 4))
    )
    factor = min(1.0, dice.uniform(4.0, 6.0) / near.largest)
    middle = np.array(frame) / 2 + dice.uniform(-0.1, 0.1, 2) * frame
    shrink = np.array([[factor, 0, middle[0] * (1 - factor)], [0, factor, middle[1] * (1 - factor)], [0, 0, 1]])
    return _aim(sheet, frame, shrink @ near.matrix)


def aim_beside(sheet: Sheet, dice: Dice) -> Aim:
    """So that at least a third of a needed value lies outside of the frame, and at least half of the sheet inside."""
    outline: Box = (0.0, 0.0, float(sheet.width), float(sheet.height))
    for _ in range(200):
        view = aim(sheet, dice, easy=True)
        frame = np.array(view.frame)
        direction = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)][dice.integers(4)])
        extent = np.ptp(place_box(view.matrix, outline), axis=0)
        centre = place_box(view.matrix, outline).mean(axis=0)
        # The sheet's edge first to the frame's, then beyond it.
        to_edge = np.where(direction > 0, frame - centre - extent / 2, centre - extent / 2)
        shift = direction * (to_edge + dice.uniform(0.1, 0.45) * extent)
        moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]]) @ view.matrix
        lost = max(_outside(moved, box, view.frame) for box in sheet.boxes.values())
        if lost > 0.34 and _outside(moved, outline, view.frame) < 0.5:
            return Aim(view.frame, moved, view.smallest, view.largest)
    raise RuntimeError("no view cuts a needed value off")


def _outside(matrix: Points, box: Box, frame: tuple[int, int]) -> float:
    across, down = np.meshgrid(np.linspace(box[0], box[2], 25), np.linspace(box[1], box[3], 9))
    points = place(matrix, np.column_stack([across.ravel(), down.ravel()]))
    inside = (points > 0).all(axis=1) & (points < np.array(frame)).all(axis=1)
    return 1 - float(inside.mean())


def _aim(sheet: Sheet, frame: tuple[int, int], matrix: Points) -> Aim:
    kept = min(1.0, 2000 / max(frame))
    heights = [text_height(matrix, sheet.boxes[name], size) * kept for name, size in sheet.sizes.items()]
    return Aim(frame, matrix, min(heights), max(heights))


def good(view: Aim, sheet: Sheet, dice: Dice) -> Shot:
    """Ordinary conditions, sometimes poor, in which everything needed can be read."""
    enlarged = max(1.0, max(view.frame) / 2000)
    shot = _plain(view, dice)
    shot.shade = dice.uniform(0, 0.35)
    shot.shadow = dice.uniform(0.15, 0.45) if dice.random() < 0.3 else 0.0
    shot.gain = dice.uniform(0.55, 0.8) if dice.random() < 0.2 else dice.uniform(0.85, 1.12)
    shot.warmth = dice.normal(0, 0.045)
    shot.noise = dice.uniform(0.8, 3.0) if dice.random() < 0.8 else dice.uniform(3.0, 6.0)
    shot.sharpening = dice.uniform(0.2, 0.8) if dice.random() < 0.5 else 0.0
    softening = dice.random()
    if softening < 0.2:
        shot.defocus = dice.uniform(0.05, 0.11) * view.smallest * enlarged
    elif softening < 0.35:
        shot.motion = dice.uniform(0.05, 0.12) * view.smallest * enlarged
    if dice.random() < 0.15:
        shot.glares = _harmless_glares(view, sheet, dice)
    return shot


def _plain(view: Aim, dice: Dice) -> Shot:
    width, height = view.frame
    background = list(BACKGROUNDS)[dice.integers(len(BACKGROUNDS))]
    return Shot(width, height, view.matrix, background, softness=dice.uniform(0.45, 0.75) * max(1.0, width / 2000))


def _harmless_glares(view: Aim, sheet: Sheet, dice: Dice) -> list[Glare]:
    """A hard one where nothing needed stands, or a veil that leaves half of the contrast."""
    frame = np.array(view.frame, np.float64)
    boxes = [place_box(view.matrix, box) for box in sheet.boxes.values()]
    for _ in range(20):
        centre = frame * dice.uniform(0.1, 0.9, 2)
        reach = min(view.frame) * dice.uniform(0.04, 0.1)
        clear = all(
            (np.maximum(np.maximum(quad.min(axis=0) - centre, centre - quad.max(axis=0)), 0) ** 2).sum()
            > (2.6 * reach) ** 2
            for quad in boxes
        )
        if clear:
            return [Glare((centre[0], centre[1]), (reach, reach * dice.uniform(0.5, 1)), dice.uniform(0, 180), 1.0)]
    centre = frame * dice.uniform(0.2, 0.8, 2)
    reach = min(view.frame) * dice.uniform(0.1, 0.25)
    return [Glare((centre[0], centre[1]), (reach, reach * 0.6), dice.uniform(0, 180), dice.uniform(0.15, 0.38))]


def too_dark(view: Aim, dice: Dice) -> Shot:
    """White paper at 8–24 of 255, the print's contrast drowned in noise."""
    shot = _plain(view, dice)
    shot.gain = dice.uniform(8, 24) / 250
    shot.noise = dice.uniform(0.35, 0.6) * 200 * shot.gain
    shot.shade = dice.uniform(0, 0.4)
    return shot


def over_exposed(view: Aim, dice: Dice) -> Shot:
    """So much light that even the ink is white; only what is black around keeps a tone."""
    shot = _plain(view, dice)
    shot.gain, shot.lift, shot.noise = dice.uniform(14, 20), dice.uniform(15, 40), dice.uniform(0.5, 2)
    return shot


def blurred(view: Aim, dice: Dice) -> Shot:
    """Out of focus by more than the needed characters are high, or shaken by more than that."""
    shot = _plain(view, dice)
    shot.noise = dice.uniform(0.8, 3)
    enlarged = max(1.0, max(view.frame) / 2000)
    if dice.random() < 0.6:
        shot.defocus = dice.uniform(0.95, 1.6) * view.largest * enlarged
    else:
        shot.motion = dice.uniform(1.6, 2.8) * view.largest * enlarged
        shot.defocus = 0.3 * view.largest * enlarged
    return shot


def glaring(view: Aim, sheet: Sheet, dice: Dice, keys: tuple[str, ...]) -> Shot:
    """The reflection of a lamp or flash that leaves nothing of most of a needed value."""
    shot = _plain(view, dice)
    shot.noise = dice.uniform(0.8, 3)
    # A camera that sees a reflection exposes for it: the paper around is grey.
    shot.gain = dice.uniform(0.6, 0.84)
    key = keys[dice.integers(len(keys))]
    quad = place_box(view.matrix, sheet.boxes[key])
    along = quad[1] - quad[0]
    length, tall = float(np.hypot(*along)), float(np.hypot(*(quad[3] - quad[0])))
    centre = quad.mean(axis=0) + along * dice.uniform(-0.1, 0.1)
    least = 0.085 * min(view.frame)
    half = min(max(0.42 * length, least), 0.3 * max(view.frame))
    across = min(max(1.1 * tall, least, 0.4 * half), 0.3 * max(view.frame))
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    shot.glares = [Glare((float(centre[0]), float(centre[1])), (half, across), angle, 1.0)]
    return shot
