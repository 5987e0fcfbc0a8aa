"""The phone: where the sheet lands in the frame, what light and lens do to it, what the sensor adds."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from e2e.bench.documents.scenes import Dice, Picture
from e2e.bench.documents.sheet import Box

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Glare:
    """A reflection: an ellipse in frame pixels, turned by `angle` degrees; 1 leaves nothing but white."""

    centre: tuple[float, float]
    axes: tuple[float, float]
    angle: float
    strength: float


@dataclass(slots=True)
class Shot:
    """One photograph. Lengths are in pixels of the frame; `matrix` takes sheet pixels there."""

    width: int
    height: int
    matrix: Points
    background: str = "wood"
    shade: float = 0.0
    shadow: float = 0.0
    glares: list[Glare] = field(default_factory=list)
    defocus: float = 0.0
    motion: float = 0.0
    softness: float = 0.6
    noise: float = 3.0
    gain: float = 1.0
    lift: float = 0.0
    warmth: float = 0.0
    sharpening: float = 0.0


def project(
    dice: Dice, sheet: tuple[int, int], frame: tuple[int, int], *, view: float, fill: float, roll: float
) -> Points:
    """The homography of a flat sheet seen up to `view` degrees off, filling `fill` of the frame."""
    width, height = sheet
    yaw, pitch = np.radians(dice.uniform(-view, view, 2))
    turn = np.radians(roll)
    half = np.array([width, height]) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    flat = corners @ spin.T
    # Distance of 1.7 long sides: a phone's main lens with the sheet filling the frame.
    distance = 1.7 * max(width, height)
    depth = distance + flat[:, 0] * np.sin(yaw) + flat[:, 1] * np.sin(pitch)
    seen = np.column_stack([flat[:, 0] * np.cos(yaw), flat[:, 1] * np.cos(pitch)]) * (distance / depth)[:, None]
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = fill * float(np.min(np.array(frame) / (high - low)))
    spare = np.array(frame) - scale * (high - low)
    offset = spare * (0.5 + dice.uniform(-0.3, 0.3, 2)) - scale * low
    target = (seen * scale + offset).astype(np.float32)
    source = (corners + half).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, target), np.float64)


def place(matrix: Points, points: Points) -> Points:
    """Sheet points in the frame."""
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2), matrix).reshape(-1, 2), np.float64)


def place_box(matrix: Points, box: Box) -> Points:
    """The four corners of a box of the sheet, in the frame."""
    left, top, right, bottom = box
    return place(matrix, np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64))


def text_height(matrix: Points, box: Box, size: float) -> float:
    """How high characters of `size` px in `box` stand in the frame, where they are smallest."""
    return _scale(matrix, box) * size


def _scale(matrix: Points, box: Box) -> float:
    quad = place_box(matrix, box)
    down = min(np.hypot(*(quad[3] - quad[0])), np.hypot(*(quad[2] - quad[1]))) / (box[3] - box[1])
    across = min(np.hypot(*(quad[1] - quad[0])), np.hypot(*(quad[2] - quad[3]))) / (box[2] - box[0])
    return float(min(down, across))


def take(paper: Picture, behind: Picture, shot: Shot, dice: Dice, *, rounded: float = 0.0) -> Picture:
    """The photograph; `rounded` is the radius of the sheet's corners in its own pixels."""
    scene = _laid_down(paper, behind, shot, rounded)
    scene *= _light(shot, dice)[..., None]
    _shine(scene, shot.glares)
    scene = _through_the_lens(scene, shot, dice)
    scene *= shot.gain
    scene += shot.lift
    scene *= np.array([1 + shot.warmth, 1.0, 1 - shot.warmth], np.float32)
    _sensor(scene, shot, dice)
    if shot.sharpening:
        soft = cv2.GaussianBlur(scene, (0, 0), 1.4)
        scene += shot.sharpening * (scene - soft)
    return np.clip(scene, 0, 255).astype(np.uint8)


def _laid_down(paper: Picture, behind: Picture, shot: Shot, rounded: float) -> NDArray[np.float32]:
    height, width = paper.shape[:2]
    matrix = shot.matrix
    shrink = _scale(matrix, (0, 0, width, height))
    if shrink < 0.75:
        # warpPerspective looks at four pixels only: shrink by area first, or thin strokes are lost.
        factor = min(1.0, shrink * 1.1)
        paper = np.asarray(cv2.resize(paper, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = matrix @ np.diag([width / paper.shape[1], height / paper.shape[0], 1.0])
        rounded *= factor
    size = (shot.width, shot.height)
    mask = _rounded_mask(paper.shape[0], paper.shape[1], int(rounded))
    laid = cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    cover = cv2.warpPerspective(mask, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
    # The sheet's own shadow on what it lies on.
    reach = max(2.0, shot.width / 260)
    cast = cv2.GaussianBlur(np.roll(cover[..., 0], (int(reach), int(reach)), (0, 1)), (0, 0), reach)[..., None]
    scene = behind.astype(np.float32) * (1 - 0.45 * cast)
    return np.asarray(scene * (1 - cover) + laid * cover, np.float32)


def _rounded_mask(height: int, width: int, radius: int) -> NDArray[np.uint8]:
    mask = np.zeros((height, width), np.uint8)
    cv2.rectangle(mask, (radius, 0), (width - radius - 1, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - radius - 1), 255, -1)
    for x in (radius, width - radius - 1):
        for y in (radius, height - radius - 1):
            cv2.circle(mask, (x, y), radius, 255, -1)
    return mask


def _light(shot: Shot, dice: Dice) -> NDArray[np.float32]:
    """Falls off across the frame; a hand's or a phone's shadow has an edge."""
    width, height = shot.width // 4, shot.height // 4
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = dice.uniform(0, 2 * np.pi)
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    light = 1 - shot.shade * (along + 0.5)
    light *= 1 - 0.12 * ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2)
    if shot.shadow:
        edge = dice.uniform(0.2, 0.8, 2)
        heading = dice.uniform(0, 2 * np.pi)
        inside = ((x / width - edge[0]) * np.cos(heading) + (y / height - edge[1]) * np.sin(heading)) > 0
        if dice.random() < 0.5:
            second = heading + dice.uniform(1.0, 2.0)
            inside &= ((x / width - edge[0]) * np.cos(second) + (y / height - edge[1]) * np.sin(second)) > 0
        soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), dice.uniform(2, 24))
        light *= 1 - shot.shadow * soft
    return np.asarray(cv2.resize(light, (shot.width, shot.height), interpolation=cv2.INTER_LINEAR), np.float32)


def _shine(scene: NDArray[np.float32], glares: list[Glare]) -> None:
    height, width = scene.shape[:2]
    for glare in glares:
        small = np.zeros((height // 4, width // 4), np.float32)
        centre = (int(glare.centre[0] / 4), int(glare.centre[1] / 4))
        axes = (max(1, int(glare.axes[0] / 4)), max(1, int(glare.axes[1] / 4)))
        cv2.ellipse(small, centre, axes, glare.angle, 0, 360, 1.0, -1)
        core = cv2.GaussianBlur(small, (0, 0), max(1.0, min(axes) * 0.16))
        halo = cv2.GaussianBlur(small, (0, 0), max(2.0, min(axes) * 0.8))
        veil = glare.strength * np.clip(core + 0.3 * halo, 0, 1)
        whole = cv2.resize(veil, (width, height), interpolation=cv2.INTER_LINEAR)
        scene += (258 - scene) * whole[..., None]


def _through_the_lens(scene: NDArray[np.float32], shot: Shot, dice: Dice) -> NDArray[np.float32]:
    if shot.defocus > 1.2:
        radius = shot.defocus / 2
        reach = int(np.ceil(radius)) + 1
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        disc = np.clip(radius + 0.5 - np.hypot(x.astype(np.float32), y.astype(np.float32)), 0, 1)
        scene = np.asarray(cv2.filter2D(scene, -1, disc / disc.sum()), np.float32)
    if shot.motion > 1.2:
        reach = int(np.ceil(shot.motion / 2)) + 1
        streak = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        angle, half = dice.uniform(0, np.pi), shot.motion / 2
        for step in np.linspace(-half, half, 4 * reach):
            streak[round(reach + step * np.sin(angle)), round(reach + step * np.cos(angle))] += 1
        scene = np.asarray(cv2.filter2D(scene, -1, streak / streak.sum()), np.float32)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), shot.softness), np.float32)


def _sensor(scene: NDArray[np.float32], shot: Shot, dice: Dice) -> None:
    """Grey noise a little smoothed, as the camera's own processing leaves it, and coarser coloured noise."""
    height, width = scene.shape[:2]
    grey = cv2.GaussianBlur(dice.standard_normal((height, width), np.float32), (0, 0), 0.6) * 1.7
    specks = dice.standard_normal((height // 3, width // 3, 3), np.float32)
    colour = cv2.resize(specks, (width, height), interpolation=cv2.INTER_LINEAR)
    scene += shot.noise * (grey[..., None] + 0.45 * colour)
