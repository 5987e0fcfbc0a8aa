"""What a picture is like, on pictures drawn for one property each: no text is read."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from workers.ocr.images import Pixels
from workers.ocr.measures import (
    Quads,
    fading_share,
    has_small_sheet,
    has_tiny_print,
    screen_lattice,
    vague_marks,
)
from workers.ocr.quality import Refused
from workers.ocr.reflection import largest_reflection
from workers.ocr.verdict import refuse_by_light

HEIGHT, WIDTH = 900, 1400


def boxes(*places: tuple[int, int, int, int]) -> Quads:
    """Left, top, right, bottom each."""
    return np.array([[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in places], np.float64)


LINES = boxes(*((120, 140 + 90 * row, 620, 180 + 90 * row) for row in range(7)))


def paper(light: float = 200.0) -> NDArray[np.float32]:
    """A page with lines of dark strokes in its left half."""
    page = np.full((HEIGHT, WIDTH, 3), light, np.float32)
    for quad in LINES.astype(int):
        (left, top), (right, bottom) = quad[0], quad[2]
        for x in range(left, right - 8, 16):
            page[top + 6 : bottom - 6, x : x + 5] = 0.15 * light
    return page


def finished(page: NDArray[Any], seed: int = 0) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, 2, page.shape)
    return np.clip(page + noise, 0, 255).astype(np.uint8)


def lamp(page: NDArray[np.float32], x: int, y: int, radius: float) -> NDArray[np.float32]:
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    veil = np.exp(-((np.hypot(across - x, down - y) / radius) ** 6)).astype(np.float32)[..., None]
    return np.asarray(page + (215 - page) * veil, np.float32)


def without_hidden(x: int, radius: float) -> Quads:
    """The lines as a detector sees them: up to the lamp."""
    cut = LINES.copy()
    hidden = np.abs(cut[:, 0, 1] + 20 - 450) < radius
    cut[hidden, 1:3, 0] = x - radius
    return cut


def test_a_lamp_on_the_lines_interrupts_them() -> None:
    found = largest_reflection(finished(lamp(paper(), 560, 450, 180)), without_hidden(560, 180))
    assert found.share > 0.085
    assert found.interrupted >= 3


@pytest.mark.parametrize("edge", [700, 1000])
def test_a_lit_part_beside_a_shadow_is_no_lamp(edge: int) -> None:
    shadow = np.ones(WIDTH, np.float32)
    shadow[edge:] = 0.62
    page = paper(255) * cv2.GaussianBlur(shadow[None, :], (0, 0), 12).reshape(1, WIDTH, 1)
    assert largest_reflection(finished(page), LINES).share == 0


def test_a_lamp_where_nothing_stands_interrupts_nothing() -> None:
    assert largest_reflection(finished(lamp(paper(), 1150, 450, 120)), LINES).interrupted == 0


def test_ink_that_pales_along_its_line_reaches_into_a_reflection() -> None:
    line = np.full((32, 240), 200, np.float32)
    line[8:24, ::9] = 40
    fading = line + (200 - line) * np.linspace(0, 1, 240)
    shaded = line * np.linspace(1, 0.55, 240)
    assert fading_share([fading.astype(np.uint8)]) == 1
    assert fading_share([line.astype(np.uint8), shaded.astype(np.uint8)]) == 0


@pytest.mark.parametrize("warmth", [0.0, 0.1])
def test_keys_in_rows_are_no_screen(warmth: float) -> None:
    """Grey under a warm lamp stays grey."""
    keys = np.full((1500, 2000, 3), 170, np.float32)
    for row in range(0, 1500, 118):
        for column in range(row % 53 - 60, 2000, 118):
            cv2.rectangle(keys, (column, row), (column + 100, row + 100), (225, 225, 225), -1)
            cv2.putText(keys, "K", (column + 30, row + 70), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (80, 80, 80), 3)
    matrix = cv2.getRotationMatrix2D((1000, 750), 6, 1.1)
    turned = cv2.warpAffine(keys, matrix, (2000, 1500), borderMode=cv2.BORDER_REFLECT)
    photo = finished(turned * np.array([1 - warmth, 1, 1 + warmth], np.float32))
    assert screen_lattice(photo) < 2.9


def test_coloured_stripes_are_a_screen() -> None:
    y, x = np.mgrid[:1500, :2000].astype(np.float32)
    along = (x + 0.06 * y) / 3.1
    stripes = [180 * (1 + 0.18 * np.cos(2 * np.pi * (along + channel / 3))) for channel in range(3)]
    assert screen_lattice(finished(np.stack(stripes, axis=-1))) > 2.9


def far_away(marks: bool) -> Pixels:
    table = np.full((1500, 2000, 3), 90, np.float32)
    sheet = np.full((700, 1000, 3), 235, np.float32)
    for row in range(90 if marks else 700, 640, 60):
        for column in range(80, 900, 24):
            cv2.rectangle(sheet, (column, row), (column + 14, row + 26), (30, 30, 30), -1)
    table[600:798, 800:1083] = cv2.resize(sheet, (283, 198), interpolation=cv2.INTER_AREA)
    return finished(np.asarray(table, np.float32))


def test_a_sheet_far_away_is_told_by_its_print() -> None:
    assert has_tiny_print(far_away(marks=True))
    assert has_small_sheet(far_away(marks=True))
    assert not has_tiny_print(far_away(marks=False))
    assert not has_small_sheet(far_away(marks=False))


@pytest.mark.parametrize("grain", [3, 5])
def test_a_carpet_is_no_print(grain: int) -> None:
    tufts = np.random.default_rng(grain).normal(0, 30, (1500 // grain, 2000 // grain)).astype(np.float32)
    carpet = 90 + cv2.resize(tufts, (2000, 1500))
    assert not has_tiny_print(finished(np.stack([carpet * 0.8, carpet * 0.6, carpet], axis=-1)))


def test_smeared_lines_are_seen_and_a_blank_sheet_has_none() -> None:
    smeared = cv2.GaussianBlur(paper(), (0, 0), 14)
    assert vague_marks(finished(smeared)) > 18
    assert vague_marks(finished(np.full_like(smeared, 200))) < 9


def test_dark_things_in_good_light_are_not_too_dark() -> None:
    keyboard = np.full((1200, 1600, 3), 28, np.float32)
    for row in range(40, 1200, 110):
        for column in range(40, 1600, 110):
            cv2.putText(keyboard, "K", (column, row + 40), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (190, 190, 190), 4)
    refuse_by_light(finished(keyboard))
    with pytest.raises(Refused) as refused:
        refuse_by_light(finished(keyboard * 0.12))
    assert refused.value.reason == "too_dark"
